import { describe, expect, it } from 'vitest';
import { labelRuns, shortenPairs, splitPair, labelText, splitKey } from '../../src/compute/names';
import { makeRun } from '../make';

type Given = string | [name: string, params: Record<string, string>];
const runs = (given: Given[]) =>
  given.map((one, index) => {
    const [run_name, params] = typeof one === 'string' ? [one, {}] : one;
    return makeRun(`${index}23456789`, { run_name, params });
  });
const shorts = (given: Given[]) => labelRuns(runs(given)).map(label => label.short);
const wholes = (given: Given[]) => labelRuns(runs(given)).map(labelText);
const logistic = (settings = '') => `Pipeline(StandardScaler, LogisticRegression${settings})`;

describe('short labels', () => {
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
    ],
    [
      [logistic('(C=0.1)'), logistic('(C=1.0)')],
      ['C=0.1', 'C=1.0']
    ],
    [
      ['Pipeline(svc__C=1, svc__gamma=2)', 'Pipeline(svc__C=3, svc__gamma=2)'],
      ['C=1', 'C=3']
    ],
    [
      ['Pipeline(a__C=1, b__C=1)', 'Pipeline(a__C=2, b__C=2)'],
      ['a__C=1, b__C=1', 'a__C=2, b__C=2']
    ],
    [
      ['LR(C=1)', 'LR(C=2)', 'SVC(C=1)', 'SVC(C=2)'],
      ['LR… C=1', 'LR… C=2', 'SVC… C=1', 'SVC… C=2']
    ]
  ])('%j are shown as %j', (names, shown) => expect(shorts(names)).toEqual(shown));

  it('take what is at its default from the params', () =>
    expect(
      shorts([logistic('(C=0.1)'), [logistic(), { logisticregression__C: '1.0', svc__C: '3' }]])
    ).toEqual(['C=0.1', 'C=1.0']));
});

describe('whole labels', () => {
  it.each([
    [
      [logistic('(C=0.1)'), logistic('(C=1.0)'), 'mine'],
      ['Pipeline… C=0.1', 'Pipeline… C=1.0', 'mine']
    ],
    [
      [logistic('(C=1)'), logistic('(C=2)'), 'Pipeline(StandardScaler, SVC(C=3))'],
      ['LogisticRegression… C=1', 'LogisticRegression… C=2', 'Pipeline(StandardScaler, SVC(C=3))']
    ],
    [
      ['P(A, SVC(C=1))', 'P(A, SVC(C=2))', 'P(B, SVC(C=1))', 'P(B, SVC(C=2))', 'P(A, LR)'],
      ['A, SVC… C=1', 'A, SVC… C=2', 'B, SVC… C=1', 'B, SVC… C=2', 'P(A, LR)']
    ],
    [
      ['Pipeline(Scaler, Colum…)', 'Pipeline(Scaler, Column(a=…)'],
      ['Pipeline(Scaler, Colum…)', 'Pipeline(Scaler, Column(a=…)']
    ]
  ])('%j are shown as %j', (names, shown) => expect(wholes(names)).toEqual(shown));
});

describe('runs of one name', () => {
  it('are told apart by the first brief param that differs', () => {
    const params = (C: string) => ({ steps: `[LR(C=${C})]`, seed: '1', lr__C: C, other: C });
    const given: Given[] = [
      ['train', params('0.1')],
      ['train', params('1.0')]
    ];
    expect(wholes(given)).toEqual(['train · C=0.1', 'train · C=1.0']);
    expect(shorts(given)).toEqual(['train · C=0.1', 'train · C=1.0']);
  });
  it('are told apart by their ids when no param is enough', () => {
    expect(wholes(['train', 'train', 'test'])).toEqual([
      'train · 02345678',
      'train · 12345678',
      'test'
    ]);
    expect(wholes([['a', { C: '1' }], ['a', { C: '1' }], 'a'])).toEqual([
      'a · C=1 · 02345678',
      'a · C=1 · 12345678',
      'a · C=–'
    ]);
  });
  it('keep the outer class of an estimator', () =>
    expect(shorts([logistic(), [logistic(), { C: '2' }]])).toEqual([
      'Pipeline · C=–',
      'Pipeline · C=2'
    ]));
});

it.each([
  ['accuracy_score_X_test', 'accuracy_score', '_X_test'],
  ['training_roc_auc', 'training', '_roc_auc'],
  ['training_accuracy_score', 'training_accuracy', '_score'],
  ['system/cpu_utilization', 'system/cpu_utilization', ''],
  ['val/loss', 'val', '/loss'],
  ['loss', 'loss', '']
])('the key %s is split into %s and %s', (key, head, tail) =>
  expect(splitKey(key)).toEqual({ head, tail })
);

it('pairs are shortened to the ends of their names, where there are several', () => {
  expect(shortenPairs(['max_depth=7, min_samples_leaf=20', 'max_depth=7'])).toEqual([
    'depth=7, leaf=20',
    'depth=7'
  ]);
  expect(shortenPairs(['max_depth=7', 'max_depth=8'])).toEqual(['max_depth=7', 'max_depth=8']);
  const alike = ['l1_ratio=0.5, l2_ratio=1'];
  expect(shortenPairs(alike)).toEqual(alike);
  expect(shortenPairs(['a_b=f(c_d=1), e_f=2'])).toEqual(['b=f(c_d=1), f=2']);
});

it('a pair is split before its value', () => {
  expect(splitPair('min_samples_leaf=20')).toEqual({ head: 'min_samples_leaf', tail: '=20' });
  expect(splitPair('Tree(depth=7)')).toEqual({ head: 'Tree(depth=7)', tail: '' });
  expect(splitPair('baseline')).toEqual({ head: 'baseline', tail: '' });
});
