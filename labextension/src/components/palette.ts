/** How many colours there are; a ninth run shares the first one's and is drawn dashed. */
export const COLORS = 8;

/** The colour of the i-th run, as CSS: made of the theme's own colours in style/chart.css. */
export function seriesColor(index: number): string {
  return `var(--jp-mltrack-series-${index % COLORS})`;
}

/** The same as a value, for canvases, which know no variables. */
export function resolveColor(element: Element, color: string): string {
  const probe = document.createElement('span');
  probe.style.color = color;
  element.appendChild(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}
