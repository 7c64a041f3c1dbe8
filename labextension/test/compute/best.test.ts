import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bestRun, greaterIsBetter } from '../../src/compute/best';
import { makeRun, metrics } from '../make';

// The tables of Python are held to the same file (tests/search/test_direction.py).
const FILE = join(import.meta.dirname, '../../../tests/search/metric_directions.json');
const DIRECTIONS = JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, boolean | null>;

it('has the directions that Python has', () =>
  expect(
    Object.fromEntries(Object.keys(DIRECTIONS).map(name => [name, greaterIsBetter(name)]))
  ).toEqual(DIRECTIONS));

describe('bestRun', () => {
  const runs = [0.5, 'NaN', 0.9, 0.9].map((value, index) =>
    makeRun(`run ${index}`, { metrics: metrics({ accuracy: value, loss: value, depth: 1 }) })
  );
  const name = (metric: string) => bestRun([makeRun('bare'), ...runs], metric)?.run.run_name;
  it('is the first of the greatest, or of the least', () => {
    expect(name('accuracy')).toBe('run 2');
    expect(name('loss')).toBe('run 0');
  });
  it('is nothing where the name does not tell, or no run has the metric', () => {
    expect(name('depth')).toBeUndefined();
    expect(name('recall')).toBeUndefined();
  });
});
