import type { IRun } from '../api/types';
import { identifier } from './filter';

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

// Nothing says which metric matters, but some names are better guesses than the alphabet is:
// scores on held-out data before those on training data, times last.
const LIKELY = [/^(val|test|eval)/i, /acc|f1|auc|r2|score/i, /loss|rmse|mse|mae|err/i];
const ON_TRAINING = /train/i;
const COST = /time|duration|second|epoch|step|system\//i;

/** The metrics to show before anyone chose: two of the most common ones. */
export function guessColumns(runs: IRun[], count = 2): IColumn[] {
  const metrics = keysByCount(runs.map(run => run.metrics));
  const shares = countKeys(runs.map(run => run.metrics));
  const most = Math.max(0, ...shares.values());
  const common = metrics.filter(key => (shares.get(key) ?? 0) * 2 >= most);
  return common
    .sort(byLikelihood)
    .slice(0, count)
    .map(key => ({ kind: 'metric', key }));
}

/** Sort metrics by how likely they are what one looks for; equals keep their order. */
export function byLikelihood(a: string, b: string): number {
  return likelihood(a) - likelihood(b);
}

function likelihood(key: string): number {
  if (COST.test(key)) {
    return LIKELY.length + 2;
  }
  const found = LIKELY.findIndex(name => name.test(key));
  return ON_TRAINING.test(key) ? LIKELY.length + 1 : found < 0 ? LIKELY.length : found;
}

function keysByCount(records: Record<string, unknown>[]): string[] {
  const counts = countKeys(records);
  return [...counts.keys()].sort((a, b) => counts.get(b)! - counts.get(a)! || a.localeCompare(b));
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
