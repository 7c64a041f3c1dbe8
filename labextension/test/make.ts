import type { ICell, IComparison, IRun } from '../src/api/types';

/** A run with what a test does not care about filled in. */
export function makeRun(run_id: string, given: Partial<IRun> = {}): IRun {
  return {
    run_id,
    run_name: run_id,
    experiment_id: '1',
    experiment_name: 'churn',
    status: 'FINISHED',
    start_time: 1,
    end_time: 2,
    user_id: 'ada',
    lifecycle_stage: 'active',
    parent_run_id: '',
    params: {},
    metrics: {},
    tags: {},
    notebook_path: 'churn.ipynb',
    cell: null,
    ...given
  };
}

export function makeCell(execution_id: string): ICell {
  return {
    execution_id,
    session_id: 's',
    cell_id: 'c',
    execution_count: 1,
    title: 'fit()',
    start_time: 1,
    end_time: 2,
    outcome: 'ok',
    notebook_path: 'churn.ipynb',
    revision: 'r'
  };
}

export function metrics(values: Record<string, number | string>): IRun['metrics'] {
  return Object.fromEntries(
    Object.entries(values).map(([key, last]) => [
      key,
      { last, min: last, max: last, first: last, count: 1, step: 0 }
    ])
  );
}

/** Two runs that differ in C and in accuracy. */
export function makeComparison(): IComparison {
  return {
    runs: [makeRun('a'), makeRun('b')],
    summary: 'b is better.',
    params: [
      { key: 'C', values: ['1', '2'], differs: true },
      { key: 'penalty', values: ['l2', 'l2'], differs: false }
    ],
    metrics: [
      { key: 'accuracy', values: [0.8, 0.9], differs: true, greater_is_better: true, best: 1 }
    ],
    series: [],
    plots: [[], []],
    code: [{ base_run_id: 'a', run_id: 'b', diff: '@@ -1 +1 @@\n-C=1\n+C=2\n' }]
  };
}
