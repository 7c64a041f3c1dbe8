import { describe, expect, it } from 'vitest';
import { isWrittenOut, splitParams } from '../../src/compute/params';

it.each([
  ['LogisticRegression(C=0.1)', true],
  ["[('scale', StandardScaler()), ('svc', SVC(C=3))]", true],
  ['ndarray(shape=(3, 4), dtype=float64)', true],
  ['<lambda>(x)', true],
  ['(100, 50)', false],
  ['[1, 2]', false],
  ['0.1', false],
  ['log (natural)', false]
])('%s is an object written out: %s', (value, is) => expect(isWrittenOut(value)).toBe(is));

describe('splitParams', () => {
  const param = (key: string, ...values: string[]) => ({
    key,
    values,
    differs: new Set(values).size > 1
  });
  const model = param('model', 'LR(C=1)', 'LR(C=2)');
  it('sets objects apart where another param differs', () => {
    const C = param('model__C', '1', '2');
    expect(splitParams([model, C])).toEqual({ plain: [C], objects: [model] });
  });
  it('leaves them last where nothing else tells the difference', () => {
    const n = param('n', '1', '1');
    expect(splitParams([model, n])).toEqual({ plain: [n, model], objects: [] });
  });
});
