import type { TranslationBundle } from '@jupyterlab/translation';
import type { Widget } from '@lumino/widgets';
import { createContext, useContext } from 'react';
import type { IPlot } from '../api/types';

/** What components may ask of the place they are shown in. Absent abilities hide their controls. */
export interface IHost {
  trans: TranslationBundle;
  /** Fetch a picture. */
  loadPlot?: (runId: string, plot: IPlot) => Promise<Blob>;
  /** Render a notebook, untrusted and read-only; the caller disposes of the widget. */
  renderNotebook?: (notebook: Record<string, unknown>) => Widget;
  openRun?: (runId: string) => void;
}

const Context = createContext<IHost | null>(null);

export const HostProvider = Context.Provider;

export function useHost(): IHost {
  const host = useContext(Context);
  if (!host) {
    throw new Error('No host around this component.');
  }
  return host;
}
