import type { IRun } from '../api/types';
import { toFloat, type WireNumber } from './number';

// The tables of `search/direction.py`; a test holds both to one list of names.
const GREATER =
  /accuracy|auc|precision|recall|f1|fbeta|r2|score|jaccard|iou|dice|bleu|rouge|ndcg|map\b|gain|kappa|mcc|likelihood|explained_variance|reward|silhouette|(^|_)acc(_|$)/;
const SMALLER =
  /loss|error|mse|mae|rmse|mape|deviance|perplexity|brier|hinge|hamming|time|duration|seconds|latency|memory|bytes|inertia|distance|cost|rank|fail/;

/** Whether more of a metric is better, by its name; null when the name does not tell. */
export function greaterIsBetter(metric: string): boolean | null {
  const name = metric.toLowerCase();
  if (name.startsWith('std_')) {
    return null;
  }
  if (name.includes('neg_')) {
    return true;
  }
  return SMALLER.test(name) ? false : GREATER.test(name) ? true : null;
}

/** The run with the best value of a metric, the first of equals; null when none can be told. */
export function bestRun(
  runs: readonly IRun[],
  metric: string
): { run: IRun; value: WireNumber } | null {
  const greater = greaterIsBetter(metric);
  let best: { run: IRun; value: WireNumber } | null = null;
  for (const run of greater === null ? [] : runs) {
    const value = run.metrics[metric]?.last;
    const lead = best ? toFloat(value) - toFloat(best.value) : 0;
    if (
      value !== undefined &&
      !Number.isNaN(toFloat(value)) &&
      (!best || (greater ? lead > 0 : lead < 0))
    ) {
      best = { run, value };
    }
  }
  return best;
}
