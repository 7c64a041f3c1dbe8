import { expect, it } from 'vitest';
import { shortNames } from '../../src/compute/names';

it.each([
  [
    ['LR(C=0.1, n=5)', 'LR(C=1.0, n=5)', 'LR(n=5)'],
    ['C=0.1', 'C=1.0', 'LR']
  ],
  [
    ['Pipe(steps=[a, b])', 'Pipe(steps=[a, c])'],
    ['steps=[a, b]', 'steps=[a, c]']
  ],
  [
    ['LR()', 'LR(C=1)'],
    ['LR', 'C=1']
  ],
  [
    ['LR(C=1)', 'LR(C=2)', 'mine', 'SVC(C=1)'],
    ['C=1', 'C=2', 'mine', 'SVC(C=1)']
  ],
  [
    ['LR(C=1)', 'SVC(C=1)'],
    ['LR(C=1)', 'SVC(C=1)']
  ],
  [['LR(C=1)'], ['LR(C=1)']],
  [
    ['happy-otter', 'keen-ibis'],
    ['happy-otter', 'keen-ibis']
  ]
])('%j are shown as %j', (names, shown) => expect(shortNames(names)).toEqual(shown));
