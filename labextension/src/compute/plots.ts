import type { IPlot } from '../api/types';

/**
 * Line up the pictures of several runs: one row a picture, one column a run, null where it lacks.
 *
 * Pictures of the same title belong together; the second of a title with the other runs' second.
 */
export function alignPlots(plots: IPlot[][]): (IPlot | null)[][] {
  const rows = new Map<string, (IPlot | null)[]>();
  plots.forEach((column, index) => {
    const seen = new Map<string, number>();
    for (const plot of column) {
      const title = plot.title || plot.artifact_path;
      const count = (seen.get(title) ?? 0) + 1;
      seen.set(title, count);
      const key = `${count} ${title}`;
      const row = rows.get(key) ?? new Array<IPlot | null>(plots.length).fill(null);
      row[index] = plot;
      rows.set(key, row);
    }
  });
  return [...rows.values()];
}

/** Types a browser may show as an image; anything else is offered as a file only. */
const SHOWN = ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/svg+xml'];

export function isShownImage(mediaType: string): boolean {
  return SHOWN.includes(mediaType);
}
