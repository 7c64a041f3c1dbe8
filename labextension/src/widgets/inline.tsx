import React from 'react';
import { createRoot } from 'react-dom/client';
import type { IComparison } from '../api/types';
import { Comparison } from '../components/comparison';
import { HostProvider, type IHost } from '../components/host';
import { whyNot } from '../compute/check';

const MOST_RUNS = 200;

/** Draw `data` into `node` if it is a comparison, else say what is wrong; returns the undoing. */
export function mount(node: HTMLElement, data: unknown, host: IHost): () => void {
  const root = createRoot(node);
  const problem = findProblem(data);
  root.render(
    <HostProvider value={host}>
      {problem ? (
        <p className="jp-mltrack-Error" role="alert">
          {host.trans.__('This comparison cannot be shown: %1', problem)}
        </p>
      ) : (
        <Comparison comparison={data as IComparison} />
      )}
    </HostProvider>
  );
  // Unmounting in the middle of another React rendering is an error; a moment later is not.
  return () => window.setTimeout(() => root.unmount());
}

/** The shape is right, and its parallel lists are as long as they must be. */
export function findProblem(data: unknown): string | null {
  const shape = whyNot(data, 'Comparison');
  if (shape) {
    return shape;
  }
  const { runs, params, metrics, plots, series } = data as IComparison;
  if (runs.length > MOST_RUNS) {
    return `more than ${MOST_RUNS} runs`;
  }
  const uneven = [...params, ...metrics].find(one => one.values.length !== runs.length);
  if (uneven) {
    return `${uneven.key}: ${uneven.values.length} values for ${runs.length} runs`;
  }
  const ragged = series.find(one =>
    [one.steps, one.times].some(list => list.length !== one.values.length)
  );
  if (ragged) {
    return `${ragged.key}: steps, times and values are not parallel`;
  }
  return plots.length > runs.length ? 'more plots than runs' : null;
}
