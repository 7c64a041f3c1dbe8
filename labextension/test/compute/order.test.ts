import { expect, it } from 'vitest';
import {
  commonColumns,
  guessColumns,
  NEWEST_FIRST,
  nextOrder,
  toOrderBy
} from '../../src/compute/order';
import { makeRun, metrics } from '../make';

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
      metrics: metrics({ training_accuracy: 1, epoch_seconds: 1, val_accuracy: 1, loss: 1 })
    })
  );
  runs.push(makeRun('4', { metrics: metrics({ val_rare: 1 }) }));
  expect(guessColumns(runs).map(one => one.key)).toEqual(['val_accuracy', 'loss']);
  expect(guessColumns([])).toEqual([]);
});

it('offers metrics before params, the most common first', () => {
  const runs = [
    makeRun('a', { params: { C: '1' }, metrics: metrics({ f1: 1 }) }),
    makeRun('b', { params: {}, metrics: metrics({ auc: 1, f1: 1 }) })
  ];
  expect(commonColumns(runs).map(one => one.key)).toEqual(['f1', 'auc', 'C']);
});
