import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { byInterest, interest } from '../../src/compute/interest';

// The tables of Python are held to the same file (tests/query/test_judgement.py).
const FILE = join(import.meta.dirname, '../../../tests/query/metric_order.json');
const ORDER = JSON.parse(readFileSync(FILE, 'utf8')) as string[];

it('has the order that Python has', () => {
  expect([...ORDER].sort(byInterest)).toEqual(ORDER);
  const firsts = [0, 1, 2, 3].map(level => ORDER.find(key => interest(key) === level));
  expect(firsts).toEqual([
    'val_accuracy',
    'test_accuracy_score',
    'training_accuracy_score',
    'std_test_score'
  ]);
});
