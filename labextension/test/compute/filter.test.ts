import { describe, expect, it } from 'vitest';
import { completions, errorPosition, identifier, toFilter } from '../../src/compute/filter';

describe('toFilter', () => {
  it.each([
    ['', ''],
    ['  ', ''],
    ['otter', "attributes.run_name ILIKE '%otter%'"],
    ['happy otter', "attributes.run_name ILIKE '%happy otter%'"],
    ["it's", 'attributes.run_name ILIKE "%it\'s%"'],
    ["'a = b'", 'attributes.run_name ILIKE "%\'a = b\'%"'],
    ['metrics.accuracy > 0.9', 'metrics.accuracy > 0.9'],
    [" params.C = '1' ", "params.C = '1'"],
    ["tags.team LIKE 'v%'", "tags.team LIKE 'v%'"],
    ['tags.team IS NULL', 'tags.team IS NULL'],
    ["attributes.run_id IN ('a')", "attributes.run_id IN ('a')"]
  ])('turns %j into %j', (typed, filter) => expect(toFilter(typed)).toBe(filter));
});

describe('errorPosition', () => {
  it.each([
    ["Invalid filter: expected a value at position 7, at 'x'; …", 20, 7],
    ['Invalid filter: expected a value at the end; …', 20, 20],
    ['at position 99', 20, 20],
    ['The server is down.', 20, null]
  ])('finds the place in %j', (message, length, place) =>
    expect(errorPosition(message, length)).toBe(place)
  );
});

describe('completions', () => {
  const names = ['metrics.accuracy', 'metrics.f1', 'params.C'];
  it('continues the last word', () =>
    expect(completions("params.C = '1' and met", names)).toEqual([
      "params.C = '1' and metrics.accuracy",
      "params.C = '1' and metrics.f1"
    ]));
  it('knows a key without its kind', () =>
    expect(completions('acc', names)).toEqual(['metrics.accuracy']));
  it('is silent after a space', () => expect(completions('metrics.f1 ', names)).toEqual([]));
});

it('puts keys the grammar cannot read in backticks', () => {
  expect(identifier('metrics', 'f1')).toBe('metrics.f1');
  expect(identifier('metrics', 'val loss/a')).toBe('metrics.`val loss/a`');
});
