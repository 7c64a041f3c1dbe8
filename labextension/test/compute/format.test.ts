import { describe, expect, it } from 'vitest';
import { formatBytes, formatNumber, toFloat } from '../../src/compute/number';
import { formatAgo, formatDuration } from '../../src/compute/time';

describe('numbers', () => {
  it.each([
    [0.92346, '0.9235'],
    [0, '0'],
    [1, '1'],
    [-0.5, '−0.5'],
    [12345.678, '12345.7'],
    [1e-5, '1.00e−5'],
    [1234567, '1.23e6'],
    ['NaN', 'NaN'],
    ['Infinity', '∞'],
    ['-Infinity', '−∞'],
    [null, '']
  ])('writes %j as %j', (value, text) => expect(formatNumber(value)).toBe(text));
  it('reads what JSON has no word for', () => {
    expect(toFloat('-Infinity')).toBe(-Infinity);
    expect(toFloat('<b>')).toBeNaN();
    expect(toFloat(null)).toBeNaN();
  });
  it('writes sizes', () =>
    expect([0, 812, 2048, 18234212].map(formatBytes)).toEqual([
      '0 B',
      '812 B',
      '2.0 KiB',
      '17 MiB'
    ]));
});

describe('times', () => {
  it.each([
    [1_000, 'now'],
    [30_000, '30s'],
    [240_000, '4m'],
    [3 * 3_600_000, '3h'],
    [5 * 86_400_000, '5d'],
    [800 * 86_400_000, '2y']
  ])('%d ms ago is %j', (age, text) => expect(formatAgo(0, age)).toBe(text));
  it.each([
    [380, '380 ms'],
    [4200, '4.2 s'],
    [185_000, '3 min 5 s'],
    [7_800_000, '2 h 10 min'],
    [3_600_000, '1 h']
  ])('%d ms last %j', (ms, text) => expect(formatDuration(ms)).toBe(text));
});
