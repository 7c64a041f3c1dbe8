import { describe, expect, it } from 'vitest';
import { CHECKS, findingsOf, NOTES, notesOf, switchOff } from '../../src/compute/findings';

const SEED = { check: 'seed', text: 'No seed.', reason: 'It may be chance.' };

describe('findings', () => {
  it('are read from the tag', () => {
    expect(findingsOf({ [CHECKS]: JSON.stringify([SEED]) })).toEqual([SEED]);
    expect(switchOff('seed')).toBe('%mltrack autolog checks.seed=off');
  });

  it.each(['', 'nonsense', '{}', 'null', '[null, 1, {"check": "seed"}]'])(
    'are none when the tag is %j',
    text => {
      expect(findingsOf({ [CHECKS]: text })).toEqual([]);
    }
  );

  it('are none without the tag', () => {
    expect(findingsOf({})).toEqual([]);
    expect(notesOf({})).toEqual([]);
  });

  it('stand beside notes, one a line', () => {
    expect(notesOf({ [NOTES]: 'No model.\n\nOn a part.' })).toEqual(['No model.', 'On a part.']);
  });
});
