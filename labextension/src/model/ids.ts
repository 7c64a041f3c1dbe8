/** Every command, so that plugins, menus and tests name them alike. Arguments in brackets. */
export const Commands = {
  openPanel: 'mltrack:open-panel',
  /** {run_ids: string[]}; without: the runs ticked in the panel. */
  compare: 'mltrack:compare',
  /** {run_ids: string[]}: into the notebook last worked in, below its active cell. */
  insertComparison: 'mltrack:insert-comparison',
  /** {run_id: string}; without: the run the panel's cursor is on. So do all below. */
  openRun: 'mltrack:open-run',
  exportRun: 'mltrack:export-run',
  renameRun: 'mltrack:rename-run',
  editTags: 'mltrack:edit-tags',
  editNote: 'mltrack:edit-note',
  starRun: 'mltrack:star-run',
  copyRunId: 'mltrack:copy-run-id',
  /** {run_ids: string[]}; without: the ticked runs, or the one the cursor is on. */
  deleteRuns: 'mltrack:delete-runs',
  /** {run_ids: string[]} */
  restoreRuns: 'mltrack:restore-runs',
  refresh: 'mltrack:refresh',
  toggleTracking: 'mltrack:toggle-tracking'
} as const;

/** Every plugin's id. */
export const Plugins = {
  tracker: 'jupyter-mltrack:tracker',
  actions: 'jupyter-mltrack:actions',
  panel: 'jupyter-mltrack:panel',
  compare: 'jupyter-mltrack:compare',
  insert: 'jupyter-mltrack:insert',
  run: 'jupyter-mltrack:run',
  toolbar: 'jupyter-mltrack:toolbar',
  capture: 'jupyter-mltrack:capture',
  inline: 'jupyter-mltrack:inline'
} as const;

/** The type of a comparison shown inline, as a cell's output. */
export const COMPARISON_MIME = 'application/vnd.jupyter-mltrack.comparison.v1+json';
