import type { IRun } from '../api/types';
import { identifier } from './filter';
import { groupBy } from './group';
import { byInterest, COST, interest } from './interest';

/** A column of the list: the run's own name and time, a metric or a param. */
export interface IColumn {
  kind: 'name' | 'time' | 'metric' | 'param';
  key: string;
}

/** By which column the list is sorted. */
export interface IOrder extends IColumn {
  descending: boolean;
}

export const NEWEST_FIRST: IOrder = { kind: 'time', key: '', descending: true };

/** Write an order as the search grammar has it. */
export function toOrderBy(order: IOrder): string[] {
  const names = {
    name: 'attributes.run_name',
    time: 'attributes.start_time',
    metric: identifier('metrics', order.key),
    param: identifier('params', order.key)
  };
  return [`${names[order.kind]} ${order.descending ? 'DESC' : 'ASC'}`];
}

export function isSameColumn(a: IColumn, b: IColumn): boolean {
  return a.kind === b.kind && a.key === b.key;
}

/** The order after a click on a heading: the other way round, or numbers from the top. */
export function nextOrder(order: IOrder, column: IColumn): IOrder {
  if (isSameColumn(order, column)) {
    return { ...order, descending: !order.descending };
  }
  return { ...column, descending: column.kind === 'metric' || column.kind === 'time' };
}

/** Metrics and params of the runs, the most common first, names breaking ties. */
export function commonColumns(runs: IRun[]): IColumn[] {
  return [
    ...keysByCount(runs.map(run => run.metrics)).map(key => ({ kind: 'metric' as const, key })),
    ...keysByCount(runs.map(run => run.params)).map(key => ({ kind: 'param' as const, key }))
  ];
}

/**
 * The metrics to show before anyone chose: the most telling of those that many cells have runs with.
 *
 * `_choose_metrics` of `widgets/runs.py` chooses alike. Metrics whose values are those of one
 * chosen already (the accuracy and the score of a classifier, say) are left out.
 */
export function guessColumns(runs: IRun[], count = 2): IColumn[] {
  // The tries of a search have metrics of their own, and are many: the runs above them decide.
  const tops = runs.filter(run => !run.parent_run_id);
  const above = tops.length ? tops : runs;
  const counts = countMetrics(above);
  const keys = sortByCount(counts);
  const most = Math.max(
    0,
    ...keys.filter(key => interest(key) < COST).map(key => counts.get(key)!)
  );
  const common = keys.filter(key => counts.get(key)! * 2 >= most);
  const first = Math.min(...common.map(interest));
  const chosen = new Map<string, string>();
  for (const key of common.filter(one => interest(one) === first).sort(byInterest)) {
    const values = above.map(run => run.metrics[key]?.last ?? null);
    const same = above.length < 2 ? key : JSON.stringify(values);
    if (!chosen.has(same)) {
      chosen.set(same, key);
    }
  }
  return [...chosen.values()].slice(0, count).map(key => ({ kind: 'metric', key }));
}

function keysByCount(records: Record<string, unknown>[]): string[] {
  return sortByCount(countKeys(records));
}

function sortByCount(counts: ReadonlyMap<string, number>): string[] {
  return [...counts.keys()].sort((a, b) => counts.get(b)! - counts.get(a)! || a.localeCompare(b));
}

/**
 * In how many cells runs have a metric; in a cell where not all have it, their share of one.
 *
 * Counted by runs, those of one long loop would outvote all others.
 */
function countMetrics(runs: IRun[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const one of groupBy(runs, run => run.cell?.execution_id ?? run.run_id).values()) {
    for (const [key, count] of countKeys(one.map(run => run.metrics))) {
      counts.set(key, (counts.get(key) ?? 0) + count / one.length);
    }
  }
  return counts;
}

function countKeys(records: Record<string, unknown>[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const record of records) {
    for (const key of Object.keys(record)) {
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return counts;
}
