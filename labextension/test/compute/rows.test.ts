import { describe, expect, it } from 'vitest';
import { appendPage, mergeHead, runsBetween, toRows } from '../../src/compute/rows';
import { makeCell, makeRun } from '../make';

const none = () => false;
const only = (folded: string) => (id: string) => id === folded;
const shape = (rows: ReturnType<typeof toRows>) =>
  rows.map(row => (row.kind === 'group' ? `[${row.id}]` : `${'>'.repeat(row.depth)}${row.id}`));

describe('toRows', () => {
  const cell = makeCell('e1');
  const runs = [
    makeRun('search', { cell }),
    makeRun('fold1', { cell, parent_run_id: 'search' }),
    makeRun('script'),
    makeRun('other', { cell: makeCell('e2') })
  ];
  it('puts runs under their cell and children under their parent', () =>
    expect(shape(toRows(runs, true, none))).toEqual([
      '[e1]',
      '>search',
      '>>fold1',
      'script',
      '[e2]',
      '>other'
    ]));
  it('folds groups and families', () => {
    expect(shape(toRows(runs, true, only('e1')))).toEqual(['[e1]', 'script', '[e2]', '>other']);
    expect(shape(toRows(runs, true, only('search')))).not.toContain('>>fold1');
  });
  it('tells how many runs there are to fold', () => {
    const counts: Record<string, number> = {};
    toRows(runs, true, (id, count) => {
      counts[id] = count;
      return false;
    });
    expect(counts).toEqual({ e1: 1, search: 1, e2: 1 });
  });
  it('is flat for a ranking', () =>
    expect(shape(toRows(runs, false, none))).toEqual(['search', 'fold1', 'script', 'other']));
  it('shows a child whose parent is not loaded', () =>
    expect(shape(toRows([makeRun('lost', { parent_run_id: 'gone' })], true, none))).toEqual([
      'lost'
    ]));
  it('ends on parents that go round in a circle', () => {
    const circle = [
      makeRun('a', { parent_run_id: 'b' }),
      makeRun('b', { parent_run_id: 'a' }),
      makeRun('c')
    ];
    expect(shape(toRows(circle, true, none))).toContain('c');
  });
});

it('finds the runs between two rows in either direction', () => {
  const rows = toRows([makeRun('a'), makeRun('b'), makeRun('c')], true, none);
  expect(runsBetween(rows, 'a', 'b')).toEqual(['a', 'b']);
  expect(runsBetween(rows, 'c', 'b')).toEqual(['b', 'c']);
});

describe('pages', () => {
  const ids = (runs: { run_id: string }[]) => runs.map(run => run.run_id);
  const list = (...names: string[]) => names.map(name => makeRun(name));
  const loaded = list('a', 'b', 'c', 'd');
  it('a fresh head comes before the runs that did not change', () =>
    expect(ids(mergeHead(loaded, list('new', 'd', 'a'), ['new', 'd'])!)).toEqual([
      'new',
      'd',
      'a',
      'b',
      'c'
    ]));
  it('a fresh head does not tell where the changed run went that is not in it', () =>
    expect(mergeHead(loaded, list('b', 'c'), ['a'])).toBeNull());
  it('a run that slid into the next page is kept once', () =>
    expect(ids(appendPage(list('a', 'b'), list('b', 'c')))).toEqual(['a', 'b', 'c']));
});
