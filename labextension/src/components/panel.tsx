import { closeIcon, deleteIcon, refreshIcon } from '@jupyterlab/ui-components';
import React, { useCallback, useMemo } from 'react';
import { identifier } from '../compute/filter';
import { commonColumns, nextOrder, type IColumn } from '../compute/order';
import { toRows } from '../compute/rows';
import type { RunsModel } from '../model/runs';
import type { SelectionModel } from '../model/selection';
import { ColumnsMenu } from './columnsMenu';
import { Empty } from './empty';
import { FilterBox } from './filterBox';
import { useChanges } from './hooks';
import { useHost } from './host';
import { RunList } from './runList';
import { Segments } from './segments';

/** What the panel wants done outside of it. */
export interface IPanelEvents {
  onOpen: (runId: string) => void;
  onMenu: (runId: string | null, x: number, y: number) => void;
  onCompare: () => void;
  onDelete: () => void;
  onRename: () => void;
  onCopy: (text: string) => void;
}

interface IPanelProps extends IPanelEvents {
  runs: RunsModel;
  selection: SelectionModel;
}

/** The side panel: what to list, the list, and what to do with what is ticked. */
export function Panel(props: IPanelProps): JSX.Element {
  const { runs, selection } = props;
  useChanges(runs, selection);
  const grouped = runs.view.order.kind === 'time';
  const filtered = runs.view.filter.trim() !== '';
  const folds = [...selection.folds].join(' ');
  const rows = useMemo(
    () => toRows([...runs.runs], grouped, selection.folding(filtered)),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the map is kept, its content changes
    [runs.runs, grouped, filtered, folds]
  );
  const onMore = useCallback(() => void runs.loadMore(), [runs]);
  const onMenu = (id: string, x: number, y: number) => {
    selection.activate(id);
    const row = rows.find(one => one.id === id);
    props.onMenu(row?.kind === 'run' ? id : null, x, y);
  };
  const isEmpty = runs.loaded && runs.runs.length === 0 && !runs.error;
  return (
    <div className="jp-mltrack-Panel" data-testid="mltrack-panel">
      <Controls runs={runs} />
      {isEmpty ? (
        <Empty
          reason={
            runs.view.filter.trim() ? 'filter' : runs.scope === 'notebook' ? 'notebook' : 'none'
          }
          onCopy={props.onCopy}
          onShowAll={() => runs.setView({ scope: 'all', experimentId: '' })}
          onClear={() => runs.setView({ filter: '' })}
        />
      ) : (
        <RunList
          rows={rows}
          columns={runs.columns}
          order={runs.view.order}
          ticked={selection.ticked}
          active={selection.active}
          hasMore={runs.hasMore}
          loaded={runs.runs.length}
          onMore={onMore}
          onSort={column => runs.setView({ order: nextOrder(runs.view.order, column) })}
          onToggle={(id, range) => selection.toggle(rows, id, range)}
          onFold={id => selection.fold(id, !rows.find(row => row.id === id)?.collapsed)}
          onActivate={id => id !== selection.active && selection.activate(id)}
          onOpen={props.onOpen}
          onMenu={onMenu}
          onDelete={props.onDelete}
          onRename={props.onRename}
        />
      )}
      <Footer {...props} />
    </div>
  );
}

function Controls(props: { runs: RunsModel }): JSX.Element {
  const { trans } = useHost();
  const { runs } = props;
  const available = useMemo(() => commonColumns([...runs.runs.slice(0, 1000)]), [runs.runs]);
  const identifiers = useMemo(() => toIdentifiers(available), [available]);
  const onFilter = useCallback((filter: string) => runs.setView({ filter }), [runs]);
  return (
    <div className="jp-mltrack-Controls">
      <div className="jp-mltrack-Controls-row">
        <Scope runs={runs} />
        <span className="jp-mltrack-Spacer" />
        <ColumnsMenu
          available={available}
          shown={runs.columns}
          isGuess={runs.chosenColumns === null}
          onChange={columns => runs.setColumns(columns)}
        />
        <button
          className="jp-mltrack-IconButton"
          data-testid="mltrack-refresh"
          title={trans.__('Refresh')}
          aria-label={trans.__('Refresh')}
          onClick={() => (void runs.reload(), void runs.readExperiments())}
        >
          <refreshIcon.react tag={null} />
        </button>
      </div>
      <ExperimentSelect runs={runs} />
      <FilterBox
        value={runs.view.filter}
        error={runs.error}
        identifiers={identifiers}
        onChange={onFilter}
      />
    </div>
  );
}

function Scope(props: { runs: RunsModel }): JSX.Element {
  const { trans } = useHost();
  const { runs } = props;
  return (
    <Segments
      label={trans.__('Runs of')}
      choices={[
        {
          id: 'notebook',
          label: trans.__('This notebook'),
          disabled: runs.notebookPath === null,
          testId: 'mltrack-scope-notebook'
        },
        { id: 'all', label: trans.__('All'), testId: 'mltrack-scope-all' }
      ]}
      current={runs.scope}
      onChange={scope => runs.setView({ scope })}
    />
  );
}

function ExperimentSelect(props: { runs: RunsModel }): JSX.Element {
  const { trans } = useHost();
  const { runs } = props;
  return (
    <div className="jp-mltrack-Select">
      <select
        aria-label={trans.__('Experiment')}
        data-testid="mltrack-experiment"
        value={runs.view.experimentId}
        onChange={event => runs.setView({ experimentId: event.target.value })}
      >
        <option value="">{trans.__('All experiments')}</option>
        {runs.experiments.map(one => (
          <option key={one.experiment_id} value={one.experiment_id}>
            {one.name} ({one.run_count})
          </option>
        ))}
      </select>
    </div>
  );
}

function Footer(props: IPanelProps): JSX.Element {
  const { trans } = useHost();
  const { runs, selection } = props;
  const count = selection.ticked.size;
  if (count === 0) {
    const shown = runs.runs.length;
    const number = shown.toLocaleString();
    const total = runs.hasMore
      ? trans.__('%1+ runs', number)
      : trans._n('%2 run', '%2 runs', shown, number);
    return (
      <div className="jp-mltrack-Footer" data-testid="mltrack-status" role="status">
        <span>{runs.loading && !runs.loaded ? trans.__('Loading…') : shown ? total : ''}</span>
        {runs.hasMore && (
          <button
            className="jp-mltrack-LinkButton"
            data-testid="mltrack-more"
            disabled={runs.loading}
            onClick={() => void runs.loadMore()}
          >
            {trans.__('Load more')}
          </button>
        )}
        <span className="jp-mltrack-Spacer" />
        <span
          className="jp-mltrack-Live"
          data-live={runs.isConnected}
          title={
            runs.isConnected
              ? trans.__('New runs appear as they happen')
              : trans.__('Waiting for the server')
          }
        >
          {runs.isConnected ? trans.__('live') : trans.__('offline')}
        </span>
      </div>
    );
  }
  return (
    <div className="jp-mltrack-Footer jp-mod-selection" data-testid="mltrack-selection">
      <button
        className="jp-mltrack-IconButton"
        title={trans.__('Clear the selection')}
        aria-label={trans.__('Clear the selection')}
        onClick={() => selection.clear()}
      >
        <closeIcon.react tag={null} />
      </button>
      <span>{trans._n('%1 selected', '%1 selected', count)}</span>
      <span className="jp-mltrack-Spacer" />
      <button
        className="jp-mltrack-IconButton"
        data-testid="mltrack-delete-selected"
        title={trans.__('Delete the selected runs')}
        aria-label={trans.__('Delete the selected runs')}
        onClick={props.onDelete}
      >
        <deleteIcon.react tag={null} />
      </button>
      <button
        className="jp-mltrack-Button jp-mod-primary"
        data-testid="mltrack-compare"
        disabled={count < 2}
        title={count < 2 ? trans.__('Select two runs or more') : undefined}
        onClick={props.onCompare}
      >
        {trans.__('Compare')}
      </button>
    </div>
  );
}

const ATTRIBUTES = [
  ...['run_name', 'run_id', 'status', 'start_time', 'end_time', 'duration', 'user_id'],
  ...['cell', 'notebook', 'revision', 'session_id', 'source']
];

function toIdentifiers(columns: IColumn[]): string[] {
  const values = columns.map(one =>
    identifier(one.kind === 'metric' ? 'metrics' : 'params', one.key)
  );
  return [...values, ...ATTRIBUTES.map(name => `attributes.${name}`)];
}
