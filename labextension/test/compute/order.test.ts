import { expect, it } from 'vitest';
import {
  commonColumns,
  guessColumns,
  NEWEST_FIRST,
  nextOrder,
  toOrderBy
} from '../../src/compute/order';
import { makeCell, makeRun, metrics } from '../make';

it('writes orders as the grammar has them', () => {
  expect(toOrderBy(NEWEST_FIRST)).toEqual(['attributes.start_time DESC']);
  expect(toOrderBy({ kind: 'metric', key: 'val loss', descending: false })).toEqual([
    'metrics.`val loss` ASC'
  ]);
});

it('turns round on a second click, and starts metrics from the greatest', () => {
  const metric = { kind: 'metric' as const, key: 'f1' };
  const first = nextOrder(NEWEST_FIRST, metric);
  expect(first).toEqual({ ...metric, descending: true });
  expect(nextOrder(first, metric).descending).toBe(false);
  expect(nextOrder(first, { kind: 'name', key: '' }).descending).toBe(false);
});

it('guesses common scores, not times nor what is measured on training data', () => {
  const runs = [1, 2, 3].map(n =>
    makeRun(String(n), {
      metrics: metrics({ training_accuracy: 1, epoch_seconds: 1, val_accuracy: 1, loss: n })
    })
  );
  runs.push(makeRun('4', { metrics: metrics({ val_rare: 1 }) }));
  expect(guessColumns(runs).map(one => one.key)).toEqual(['val_accuracy', 'loss']);
  expect(guessColumns([])).toEqual([]);
});

it('guesses what the code asked for, else test scores, one name for one number', () => {
  const automatic = (n: number) => ({
    ...{ training_score: 1, fit_time_seconds: n, fit_peak_memory_mb: n, n_iter: n },
    ...{ test_precision_score: n / 7, test_accuracy_score: n, test_score: n, test_roc_auc: 1 / n }
  });
  const child = { parent_run_id: 'a' };
  const runs = [1, 2, 3].map(n => makeRun(String(n), { metrics: metrics(automatic(n)) }));
  for (const n of [4, 5, 6, 7, 8, 9, 10]) {
    runs.push(makeRun(String(n), { ...child, metrics: metrics({ mean_test_score: n }) }));
  }
  const keys = () => guessColumns(runs).map(one => one.key);
  expect(keys()).toEqual(['test_accuracy_score', 'test_roc_auc']);
  runs.slice(0, 2).forEach((run, n) => {
    Object.assign(run.metrics, metrics({ accuracy_score_X_test: n }));
  });
  expect(keys()).toEqual(['accuracy_score_X_test']);
});

it('guesses by cells, so that a long loop does not outvote the others', () => {
  const asked = { accuracy_score_X_test: 1, training_score: 1 };
  const loop = Array.from({ length: 100 }, (_, n) =>
    makeRun(`loop ${n}`, { cell: makeCell('loop'), metrics: metrics({ training_score: n }) })
  );
  const one = makeRun('one', { cell: makeCell('one'), metrics: metrics(asked) });
  expect(guessColumns([...loop, one]).map(column => column.key)).toEqual(['accuracy_score_X_test']);
});

it('offers metrics before params, the most common first', () => {
  const runs = [
    makeRun('a', { params: { C: '1' }, metrics: metrics({ f1: 1 }) }),
    makeRun('b', { params: {}, metrics: metrics({ auc: 1, f1: 1 }) })
  ];
  expect(commonColumns(runs).map(one => one.key)).toEqual(['f1', 'auc', 'C']);
});
