import { describe, expect, it } from 'vitest';
import { toRows } from '../../src/compute/rows';
import { SelectionModel } from '../../src/model/selection';
import { makeCell, makeRun } from '../make';

const loop = (count: number) =>
  Array.from({ length: count }, (_, i) => makeRun(`r${i}`, { cell: makeCell('loop') }));
const layOut = (selection: SelectionModel, count: number, filtered = false) =>
  toRows([...loop(count), makeRun('other')], true, selection.folding(filtered)).map(row => row.id);

describe('folding', () => {
  it('folds a loop of many runs, so that it does not bury the others', () => {
    const selection = new SelectionModel();
    expect(layOut(selection, 1000)).toEqual(['loop', 'other']);
    expect(layOut(selection, 5)).toHaveLength(7);
  });
  it('folds a search of many tries', () => {
    const tries = Array.from({ length: 50 }, (_, i) =>
      makeRun(`try ${i}`, { parent_run_id: 'search' })
    );
    const rows = toRows([makeRun('search'), ...tries], true, new SelectionModel().folding(false));
    expect(rows.map(row => row.id)).toEqual(['search']);
  });
  it('shows all that a filter left', () =>
    expect(layOut(new SelectionModel(), 30, true)).toHaveLength(32));
  it('leaves it at what someone chose', () => {
    const selection = new SelectionModel();
    selection.fold('loop', false);
    expect(layOut(selection, 30)).toHaveLength(32);
    selection.fold('loop', true);
    expect(layOut(selection, 3)).toEqual(['loop', 'other']);
    expect(layOut(selection, 3, true)).toEqual(['loop', 'other']);
  });
  it('keeps a group open in which something was ticked while it was small', () => {
    const selection = new SelectionModel();
    selection.toggle(toRows(loop(3), true, selection.folding(false)), 'r1');
    expect(layOut(selection, 30)).toHaveLength(32);
  });
  it('keeps a search open in which a try was ticked, and the group it is in', () => {
    const selection = new SelectionModel();
    const search = (tries: number) => [
      ...loop(tries),
      makeRun('search', { cell: makeCell('loop') }),
      ...Array.from({ length: tries }, (_, i) => makeRun(`try ${i}`, { parent_run_id: 'search' }))
    ];
    const fold = selection.folding(false);
    selection.toggle(toRows(search(3), true, fold), 'try 1');
    expect(toRows(search(30), true, fold)).toHaveLength(62);
  });
  it('keeps no group open for what is ticked below it and is none of its runs', () => {
    const selection = new SelectionModel();
    const script = [makeRun('script'), makeRun('step', { parent_run_id: 'script' })];
    selection.toggle(toRows([...loop(3), ...script], true, selection.folding(false)), 'step');
    expect(layOut(selection, 30)).toEqual(['loop', 'other']);
  });
});
