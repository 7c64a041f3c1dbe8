import { caretDownIcon, caretRightIcon, ellipsesIcon } from '@jupyterlab/ui-components';
import React, { memo } from 'react';
import type { IRun } from '../api/types';
import { bestRun } from '../compute/best';
import { spaced, splitKey } from '../compute/names';
import { formatNumber, type WireNumber } from '../compute/number';
import { isSameColumn, type IColumn, type IOrder } from '../compute/order';
import type { IGroupRow, IRunRow } from '../compute/rows';
import { isStarred, NOTE } from '../compute/tags';
import { formatAgo, formatFull, formatMoment } from '../compute/time';
import { useHost } from './host';
import { starIcon } from './icons';
import { Name } from './name';
import { Status } from './status';

/** What a row reports: the list knows what to do about it. */
export interface IRowEvents {
  onToggle: (id: string, range: boolean) => void;
  onFold: (id: string) => void;
  onActivate: (id: string) => void;
  onOpen: (id: string) => void;
  onMenu: (id: string, x: number, y: number) => void;
}

interface IRowProps<T> extends IRowEvents {
  row: T;
  /** The row's id in the document, and its place, for readers that hear only part of the list. */
  domId: string;
  index: number;
  top: number;
  template: string;
  ticked: boolean | 'some';
  active: boolean;
  now: number;
}

export const RunRow = memo(function RunRow(
  props: IRowProps<IRunRow> & { columns: readonly IColumn[] }
): JSX.Element {
  const { trans } = useHost();
  const { run, label, depth, children, collapsed, id } = props.row;
  const note = run.tags[NOTE];
  const values = props.columns.map(column => {
    const value = valueOf(run, column);
    return column.kind === 'metric' ? formatNumber(value) : String(value ?? '');
  });
  // Where there are no values, the name may use their place.
  const first = values.findIndex(text => text !== '');
  const spare = first < 0 ? values.length : first;
  const onClick = (event: React.MouseEvent) => {
    if (event.shiftKey || event.ctrlKey || event.metaKey) {
      props.onToggle(id, event.shiftKey);
    } else {
      props.onActivate(id);
      props.onOpen(id);
    }
  };
  return (
    <RowFrame
      {...props}
      level={depth + 1}
      expanded={children ? !collapsed : undefined}
      label={run.run_name}
      className="jp-mltrack-Row-run"
    >
      <span
        role="gridcell"
        className="jp-mltrack-Cell-name"
        style={{ paddingLeft: depth * 14, gridColumn: `2 / ${3 + spare}` }}
      >
        <Caret {...props} show={children > 0} collapsed={collapsed} />
        <Status status={run.status} />
        {isStarred(run.tags) && (
          <starIcon.react tag="span" className="jp-mltrack-Star" title={trans.__('starred')} />
        )}
        <span
          className="jp-mltrack-RunName"
          data-testid="mltrack-run-name"
          title={note ? `${run.run_name}\n\n${note}` : run.run_name}
          onClick={onClick}
        >
          <Name label={spaced(label)} />
        </span>
        {collapsed && (
          <span className="jp-mltrack-Badge" title={trans._n('%1 run', '%1 runs', children)}>
            {children}
          </span>
        )}
      </span>
      {props.columns.map((column, index) => (
        <ValueCell
          key={`${column.kind} ${column.key}`}
          text={values[index]!}
          title={`${column.key} = ${valueOf(run, column) ?? '–'}`}
          place={3 + index}
        />
      ))}
      <span role="gridcell" className="jp-mltrack-Cell-time" title={formatFull(run.start_time)}>
        <span>{formatAgo(run.start_time, props.now)}</span>
        <button
          className="jp-mltrack-IconButton"
          data-testid="mltrack-run-menu"
          tabIndex={-1}
          title={trans.__('Actions')}
          aria-label={trans.__('Actions for %1', run.run_name)}
          aria-haspopup="menu"
          onClick={event => {
            const { left, bottom } = event.currentTarget.getBoundingClientRect();
            props.onMenu(id, left, bottom);
          }}
        >
          <ellipsesIcon.react tag={null} />
        </button>
      </span>
    </RowFrame>
  );
});

export const GroupRow = memo(function GroupRow(
  props: IRowProps<IGroupRow> & {
    columns: readonly IColumn[];
    /** Whether more of its runs may come when the list is read on. */
    partial: boolean;
  }
): JSX.Element {
  const { trans } = useHost();
  const { cell, runs, collapsed, id } = props.row;
  // What is folded away is told by its best.
  const bests = props.columns.map(column =>
    collapsed && runs.length > 1 && column.kind === 'metric' ? bestRun(runs, column.key) : null
  );
  const hasBest = bests.some(best => best !== null);
  const count = `${runs.length}${props.partial ? '+' : ''}`;
  const title = cell.title || trans.__('cell');
  return (
    <RowFrame
      {...props}
      level={1}
      expanded={!collapsed}
      label={title}
      className="jp-mltrack-Row-group"
    >
      <span
        role="gridcell"
        className="jp-mltrack-Cell-group"
        style={{ gridColumn: hasBest ? 2 : '2 / -1' }}
        title={`${title}\n${cell.notebook_path}\n${formatFull(cell.start_time)}`}
        onClick={() => props.onFold(id)}
      >
        <Caret {...props} show collapsed={collapsed} />
        <span className="jp-mltrack-GroupCount">[{cell.execution_count ?? ' '}]</span>
        <span className="jp-mltrack-GroupTitle">{title}</span>
        {runs.length > 1 && (
          <span
            className="jp-mltrack-Badge"
            title={trans._n('%2 run', '%2 runs', runs.length, count)}
          >
            {count}
          </span>
        )}
        {!hasBest && (
          <span className="jp-mltrack-GroupTime">{formatMoment(cell.start_time, props.now)}</span>
        )}
      </span>
      {props.columns.map((column, index) => (
        <BestCell
          key={`${column.kind} ${column.key}`}
          metric={column.key}
          best={bests[index]!}
          place={3 + index}
          onOpen={props.onOpen}
        />
      ))}
      {hasBest && (
        <span role="gridcell" className="jp-mltrack-Cell-time" title={formatFull(cell.start_time)}>
          <span>{formatAgo(cell.start_time, props.now)}</span>
        </span>
      )}
    </RowFrame>
  );
});

function RowFrame(
  props: Omit<IRowProps<{ id: string }>, 'now'> & {
    level: number;
    expanded: boolean | undefined;
    label: string;
    className: string;
    children: React.ReactNode;
  }
): JSX.Element {
  const { trans } = useHost();
  const { id } = props.row;
  return (
    <div
      id={props.domId}
      role="row"
      aria-level={props.level}
      aria-rowindex={props.index + 2}
      aria-selected={props.ticked === true}
      aria-expanded={props.expanded}
      className={`jp-mltrack-Row ${props.className}${props.active ? ' jp-mod-active' : ''}`}
      data-testid="mltrack-row"
      data-id={id}
      style={{ transform: `translateY(${props.top}px)`, gridTemplateColumns: props.template }}
      onMouseDown={() => props.onActivate(id)}
      onContextMenu={event => {
        event.preventDefault();
        event.stopPropagation();
        props.onMenu(id, event.clientX, event.clientY);
      }}
    >
      <span role="gridcell" className="jp-mltrack-Cell-tick">
        <input
          type="checkbox"
          tabIndex={-1}
          aria-label={trans.__('Select %1', props.label)}
          checked={props.ticked === true}
          ref={box => box && (box.indeterminate = props.ticked === 'some')}
          onChange={event => props.onToggle(id, (event.nativeEvent as MouseEvent).shiftKey)}
        />
      </span>
      {props.children}
    </div>
  );
}

function Caret(props: {
  row: { id: string };
  show: boolean;
  collapsed: boolean;
  onFold: (id: string) => void;
}): JSX.Element | null {
  if (!props.show) {
    return null;
  }
  const Icon = props.collapsed ? caretRightIcon : caretDownIcon;
  const onClick = (event: React.MouseEvent) => {
    event.stopPropagation();
    props.onFold(props.row.id);
  };
  return (
    <span className="jp-mltrack-Caret" aria-hidden onClick={onClick}>
      <Icon.react tag={null} />
    </span>
  );
}

function ValueCell(props: { text: string; title: string; place: number }): JSX.Element {
  return (
    <span
      role="gridcell"
      className="jp-mltrack-Cell-value"
      style={{ gridColumn: props.place }}
      title={props.text && props.title}
    >
      {props.text}
    </span>
  );
}

/** The best value of a folded group; a press opens the run that has it. */
function BestCell(props: {
  metric: string;
  best: ReturnType<typeof bestRun>;
  place: number;
  onOpen: (id: string) => void;
}): JSX.Element | null {
  const { trans } = useHost();
  const { best, metric } = props;
  if (!best) {
    return null;
  }
  const words = trans.__('Best %1: %2\n%3', metric, String(best.value), best.run.run_name);
  return (
    <span
      role="gridcell"
      className="jp-mltrack-Cell-value jp-mod-best"
      style={{ gridColumn: props.place }}
    >
      <button
        tabIndex={-1}
        data-testid="mltrack-group-best"
        title={words}
        aria-label={words}
        onClick={() => props.onOpen(best.run.run_id)}
      >
        {formatNumber(best.value)}
      </button>
    </span>
  );
}

function valueOf(run: IRun, column: IColumn): WireNumber | undefined {
  return column.kind === 'metric' ? run.metrics[column.key]?.last : run.params[column.key];
}

/** The headings of the list; a click sorts by that column, a second one the other way round. */
export function Headings(props: {
  columns: readonly IColumn[];
  order: IOrder;
  template: string;
  onSort: (column: IColumn) => void;
}): JSX.Element {
  const { trans } = useHost();
  const heading = (column: IColumn, label: string, className: string) => {
    const isSorted = isSameColumn(props.order, column);
    const direction = props.order.descending ? 'descending' : 'ascending';
    return (
      <span
        key={`${column.kind} ${column.key}`}
        role="columnheader"
        aria-sort={isSorted ? direction : 'none'}
        className={className}
      >
        <button
          data-testid={`mltrack-sort-${column.kind}${column.key ? `-${column.key}` : ''}`}
          title={trans.__('Sort by %1', label)}
          onClick={() => props.onSort(column)}
        >
          <span className="jp-mltrack-Heading-text">
            <Name label={column.key ? splitKey(label) : { head: label, tail: '' }} />
          </span>
          {isSorted && <span aria-hidden>{props.order.descending ? '▾' : '▴'}</span>}
        </button>
      </span>
    );
  };
  return (
    <div
      role="row"
      aria-rowindex={1}
      className="jp-mltrack-Headings"
      style={{ gridTemplateColumns: props.template }}
    >
      <span role="columnheader">
        <span className="jp-mltrack-Unseen">{trans.__('Selected')}</span>
      </span>
      {heading({ kind: 'name', key: '' }, trans.__('Run'), 'jp-mltrack-Heading-name')}
      {props.columns.map(column => heading(column, column.key, 'jp-mltrack-Heading-value'))}
      {heading({ kind: 'time', key: '' }, trans.__('Age'), 'jp-mltrack-Heading-time')}
    </div>
  );
}
