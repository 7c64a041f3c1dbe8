import type { ISignal } from '@lumino/signaling';
import { useEffect, useReducer, useState, type RefObject } from 'react';

/** Render again whenever the model says it changed. */
export function useChanges(...models: { changed: ISignal<unknown, void> }[]): void {
  const [, again] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    models.forEach(model => model.changed.connect(again));
    again();
    return () => models.forEach(model => void model.changed.disconnect(again));
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the models themselves are the list
  }, models);
}

/** The width of an element, in pixels, as it is resized. */
export function useWidth(ref: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = ref.current;
    if (!element) {
      return;
    }
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return width;
}

/** The time, renewed every so many ms: for ages that are shown. */
export function useNow(every = 10_000): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), every);
    return () => window.clearInterval(timer);
  }, [every]);
  return now;
}

/** A value that changes with JupyterLab's theme, for what is drawn with colours read from it. */
export function useTheme(): string {
  const read = () => document.body.dataset.jpThemeName ?? '';
  const [theme, setTheme] = useState(read);
  useEffect(() => {
    const observer = new MutationObserver(() => setTheme(read()));
    observer.observe(document.body, { attributeFilter: ['data-jp-theme-name'] });
    return () => observer.disconnect();
  }, []);
  return theme;
}
