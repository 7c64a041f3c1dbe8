/** How far back metrics stand; the same as `query/judgement.py`, a test holds both to one order. */
const ASKED = 0;
const UNASKED = 1;
const TRAINING = 2;
export const COST = 3;

const COSTS =
  /time|second|duration|latency|bytes|memory|rows_seen|n_resources|epoch|system\/|(^|_)n_iter(ations)?($|_)|^(std|rank)_|(^|_)steps?($|_)/;
const ON_TRAINING = /(^|[_\W])train(ing)?($|[_\W])/i;
const AUTOMATIC =
  /^test_(score|(accuracy|precision|recall|f1|r2)_score|log_loss|roc_auc|\w+_error)$|^((mean|split)_)test_|^best_cv_score$/;
const HELD_OUT = /(^|[_\W])(val|valid|validation|eval|test|dev|hold_?out)\d*($|[_\W])/i;
// What one looks for first: of a classifier, of a regressor, of anything that learns.
const KINDS = [
  ...[/acc/i, /auc/i, /f1/i, /r2/i, /rmse|root_mean_sq/i],
  ...[/score|precision|recall/i, /loss|mse|mae|err/i]
];

/**
 * How far back a metric stands, from 0: what the code asked for; what was measured on test data
 * unasked; what was measured on training data; what the run cost, and counts.
 */
export function interest(metric: string): number {
  if (COSTS.test(metric)) {
    return COST;
  }
  if (ON_TRAINING.test(metric)) {
    return TRAINING;
  }
  return AUTOMATIC.test(metric) ? UNASKED : ASKED;
}

/** Sort metrics by interest, held-out data first, then by what they tell; equals keep their order. */
export function byInterest(a: string, b: string): number {
  return (
    interest(a) - interest(b) || Number(!isHeldOut(a)) - Number(!isHeldOut(b)) || kind(a) - kind(b)
  );
}

function isHeldOut(metric: string): boolean {
  return HELD_OUT.test(metric);
}

function kind(metric: string): number {
  const found = KINDS.findIndex(name => name.test(metric));
  return found < 0 ? KINDS.length : found;
}
