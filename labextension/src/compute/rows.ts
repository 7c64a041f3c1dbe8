import type { ICell, IRun } from '../api/types';
import { groupBy } from './group';
import { labelRuns, shortenPairs, type ILabel } from './names';

/** The head of the runs that one cell execution made. */
export interface IGroupRow {
  kind: 'group';
  id: string;
  cell: ICell;
  runs: IRun[];
  collapsed: boolean;
}

/** A run; `depth` 0 stands at the margin, each ancestor or group above indents by one. */
export interface IRunRow {
  kind: 'run';
  id: string;
  run: IRun;
  /** What tells the run from its siblings, or an only child from the other runs of the list. */
  label: Pick<ILabel, 'head' | 'tail'>;
  depth: number;
  children: number;
  collapsed: boolean;
}

export type Row = IGroupRow | IRunRow;

/** Whether a group or a family of so many runs is folded. */
export type Folding = (id: string, count: number) => boolean;

/**
 * Lay runs out as rows: under the cell execution that made them, children under their parent.
 *
 * The order of `runs` is kept; a group or a family stands where its first run stands. When runs
 * are not `grouped` (a ranking, say) each is a row of its own.
 */
export function toRows(runs: IRun[], grouped: boolean, isFolded: Folding): Row[] {
  const labels = labelRuns(runs);
  if (!grouped) {
    return runs.map((run, index) => runRow(run, labels[index]!, 0, 0, false));
  }
  const labelOf = new Map(runs.map((run, index) => [run, labels[index]!]));
  const known = new Set(runs.map(run => run.run_id));
  const children = groupBy(
    runs.filter(run => known.has(run.parent_run_id)),
    run => run.parent_run_id
  );
  const tops = runs.filter(run => !known.has(run.parent_run_id));
  const groups = groupBy(tops, run => run.cell?.execution_id ?? `run ${run.run_id}`);
  const rows: Row[] = [];
  for (const [id, members] of groups) {
    const cell = members[0]?.cell;
    const collapsed = Boolean(cell) && isFolded(id, members.length);
    if (cell) {
      rows.push({ kind: 'group', id, cell, runs: members, collapsed });
    }
    if (!collapsed) {
      addFamilies(rows, members, cell ? 1 : 0, { children, labelOf, isFolded });
    }
  }
  return rows;
}

interface ILayout {
  children: Map<string, IRun[]>;
  labelOf: Map<IRun, ILabel>;
  isFolded: Folding;
}

function addFamilies(rows: Row[], runs: IRun[], depth: number, layout: ILayout): void {
  const { children, labelOf, isFolded } = layout;
  const labels =
    runs.length > 1
      ? shortenPairs(labelRuns(runs).map(label => label.short)).map(head => ({ head, tail: '' }))
      : runs.map(run => labelOf.get(run)!);
  runs.forEach((run, index) => {
    const below = children.get(run.run_id) ?? [];
    const collapsed = below.length > 0 && isFolded(run.run_id, below.length);
    rows.push(runRow(run, labels[index]!, depth, below.length, collapsed));
    // Children are taken out as they are placed, so that a cycle of parents cannot hang the page.
    children.delete(run.run_id);
    if (!collapsed) {
      addFamilies(rows, below, depth + 1, layout);
    }
  });
}

function runRow(
  run: IRun,
  label: IRunRow['label'],
  depth: number,
  children: number,
  collapsed: boolean
): IRunRow {
  const id = run.run_id;
  return { kind: 'run', id, run, label, depth, children, collapsed };
}

/** The runs between two rows, both included: what a shift-click selects. */
export function runsBetween(rows: Row[], from: string, to: string): string[] {
  const ends = [from, to].map(id => rows.findIndex(row => row.id === id)).sort((a, b) => a - b);
  const [start, end] = ends as [number, number];
  return rows.slice(Math.max(start, 0), end + 1).flatMap(row => (row.kind === 'run' ? row.id : []));
}

/**
 * Put a fresh first page before what was loaded after it; null when that cannot be told.
 *
 * Runs that did not change keep their order. So when the page holds all that changed, the others
 * follow it as they did before.
 */
export function mergeHead(loaded: IRun[], page: IRun[], changed: string[]): IRun[] | null {
  const fresh = new Set(page.map(run => run.run_id));
  return changed.every(id => fresh.has(id))
    ? [...page, ...loaded.filter(run => !fresh.has(run.run_id))]
    : null;
}

/** Append a page; a run that moved between the pages while they were read is kept once. */
export function appendPage(loaded: IRun[], page: IRun[]): IRun[] {
  const known = new Set(loaded.map(run => run.run_id));
  return [...loaded, ...page.filter(run => !known.has(run.run_id))];
}
