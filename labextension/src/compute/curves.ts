import type { ISeries } from '../api/types';
import { toFloat } from './number';

/** Several series over one x axis; a series has null where it has no point. */
export interface ICurves {
  xs: number[];
  ys: (number | null)[][];
}

/** By what a curve is drawn: the metric's step, or seconds since the series began. */
export type XAxis = 'step' | 'time';

/** Lay series over the sorted union of their x values, as the chart wants them. */
export function toCurves(series: ISeries[], axis: XAxis): ICurves {
  const positions = series.map(one => xValues(one, axis));
  const xs = [...new Set(positions.flat())].sort((a, b) => a - b);
  const index = new Map(xs.map((x, i) => [x, i]));
  const ys = series.map((one, s) => {
    const column: (number | null)[] = new Array(xs.length).fill(null);
    positions[s]!.forEach((x, i) => (column[index.get(x)!] = finite(one.values[i])));
    return column;
  });
  return { xs, ys };
}

/** Smooth a column by an exponential mean, which starts unbiased; 0 leaves it, 1 would freeze it. */
export function smooth(column: (number | null)[], weight: number): (number | null)[] {
  let mean = 0;
  let bias = 0;
  return column.map(value => {
    if (value === null || weight <= 0) {
      return value;
    }
    mean = mean * weight + value * (1 - weight);
    bias = bias * weight + (1 - weight);
    return mean / bias;
  });
}

function xValues(series: ISeries, axis: XAxis): number[] {
  if (axis === 'step') {
    return series.steps;
  }
  const start = series.times[0] ?? 0;
  return series.times.map(time => (time - start) / 1000);
}

function finite(value: number | string | undefined): number | null {
  const number = toFloat(value);
  return Number.isFinite(number) ? number : null;
}
