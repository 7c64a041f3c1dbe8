import { useVirtualizer } from '@tanstack/react-virtual';
import React, { useEffect, useMemo, useRef } from 'react';
import type { IColumn, IOrder } from '../compute/order';
import type { IRunRow, Row } from '../compute/rows';
import { GroupRow, Headings, RunRow, type IRowEvents } from './cells';
import { useNow, useWidth } from './hooks';
import { useHost } from './host';

const RUN_HEIGHT = 28;
const GROUP_HEIGHT = 30;
/** Widths in pixels: of the columns at the margins, and what the others need at least. */
const TICK = 26;
const TIME = 38;
const LEAST_NAME = 104;
const LEAST_VALUE = 64;
/** How near the end of what is loaded one may scroll before more is fetched. */
const AHEAD = 40;
/** Above so many loaded runs that are folded away, more are fetched only when asked for. */
const MOST_HIDDEN = 5000;

export interface IRunListProps extends IRowEvents {
  rows: Row[];
  columns: readonly IColumn[];
  order: IOrder;
  ticked: ReadonlySet<string>;
  active: string;
  hasMore: boolean;
  /** How many runs are loaded, those that are folded away included. */
  loaded: number;
  onMore: () => void;
  onSort: (column: IColumn) => void;
  onDelete: () => void;
  onRename: () => void;
}

/** The runs, of which only those in sight are in the document. */
export function RunList(props: IRunListProps): JSX.Element {
  const { trans } = useHost();
  const { rows, active, hasMore, loaded, onMore } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const { columns, template, headings } = useColumns(props.columns, useWidth(scroller));
  const now = useNow();
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: index => (rows[index]?.kind === 'group' ? GROUP_HEIGHT : RUN_HEIGHT),
    getItemKey: index => rows[index]?.id ?? index,
    overscan: 12
  });
  const items = virtualizer.getVirtualItems();
  const last = items[items.length - 1]?.index ?? 0;
  useEffect(() => {
    if (hasMore && last > rows.length - AHEAD && loaded - rows.length < MOST_HIDDEN) {
      onMore();
    }
  }, [hasMore, last, rows, loaded, onMore]);
  useEffect(() => virtualizer.measure(), [rows, virtualizer]);

  const place = rows.findIndex(row => row.id === active);
  const lastPlace = useRef(-1);
  useEffect(() => {
    if (place >= 0) {
      lastPlace.current = place;
    }
  }, [place]);
  const onKeyDown = (event: React.KeyboardEvent) => {
    if ((event.target as HTMLElement).closest('button')) {
      return; // The headings' own keys.
    }
    // Where the cursor's row went away, the one that came into its place is next.
    const from = place >= 0 ? place : lastPlace.current - 1;
    const step = keyStep(event.key, from, rows.length);
    if (step !== null) {
      props.onActivate(rows[step]?.id ?? '');
      virtualizer.scrollToIndex(step);
    } else if (!rows[place] || !onRowKey(event, rows, place, props)) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      className="jp-mltrack-List"
      role="treegrid"
      aria-label={trans.__('Runs')}
      aria-multiselectable
      aria-rowcount={hasMore ? -1 : rows.length + 1}
      aria-activedescendant={
        items.some(item => item.index === place) ? rowDomId(active) : undefined
      }
      data-testid="mltrack-list"
      tabIndex={0}
      ref={scroller}
      onKeyDown={onKeyDown}
    >
      <Headings columns={columns} order={props.order} template={headings} onSort={props.onSort} />
      <div
        role="rowgroup"
        className="jp-mltrack-List-rows"
        style={{ height: virtualizer.getTotalSize() }}
      >
        {items.map(item => {
          const row = rows[item.index];
          if (!row) {
            return null;
          }
          const common = {
            ...events(props),
            domId: rowDomId(row.id),
            index: item.index,
            top: item.start,
            template,
            now,
            active: row.id === active,
            ticked: tickOf(row, props.ticked)
          };
          return row.kind === 'group' ? (
            <GroupRow
              key={row.id}
              row={row}
              columns={columns}
              partial={hasMore && !rows.slice(item.index + 1).some(isTop)}
              {...common}
            />
          ) : (
            <RunRow key={row.id} row={row} columns={columns} {...common} />
          );
        })}
      </div>
    </div>
  );
}

/** Whether a row ends the group above it. */
function isTop(row: Row): boolean {
  return row.kind === 'group' || row.depth === 0;
}

function rowDomId(id: string): string {
  return `jp-mltrack-row-${id}`;
}

function events(props: IRowEvents): IRowEvents {
  const { onToggle, onFold, onActivate, onOpen, onMenu } = props;
  return { onToggle, onFold, onActivate, onOpen, onMenu };
}

function tickOf(row: Row, ticked: ReadonlySet<string>): boolean | 'some' {
  if (row.kind === 'run') {
    return ticked.has(row.id);
  }
  const count = row.runs.filter(run => ticked.has(run.run_id)).length;
  return count === 0 ? false : count === row.runs.length ? true : 'some';
}

interface IColumns {
  columns: readonly IColumn[];
  template: string;
  headings: string;
}

/**
 * As many value columns as the panel's width has room for beside a legible name.
 *
 * The heading over the names is short; the next one, often a long metric's name, has the rest.
 */
function useColumns(all: readonly IColumn[], width: number): IColumns {
  return useMemo(() => {
    const free = Math.max(width - TICK - TIME, 0);
    const room = Math.max(Math.floor((free - LEAST_NAME) / LEAST_VALUE), 1);
    const columns = all.slice(0, room);
    const share = Math.floor((free * 0.5) / (1 + 0.5 * columns.length));
    const values = columns.map(() => `${Math.max(share, LEAST_VALUE)}px`);
    return {
      columns,
      template: [`${TICK}px`, 'minmax(0, 1fr)', ...values, `${TIME}px`].join(' '),
      headings: [
        `${TICK}px`,
        columns.length ? 'max-content minmax(0, 1fr)' : '1fr',
        ...values.slice(1),
        `${TIME}px`
      ].join(' ')
    };
  }, [all, width]);
}

function keyStep(key: string, place: number, count: number): number | null {
  const steps: Record<string, number> = {
    ArrowDown: Math.min(place + 1, count - 1),
    ArrowUp: Math.max(place - 1, 0),
    PageDown: Math.min(place + 15, count - 1),
    PageUp: Math.max(place - 15, 0),
    Home: 0,
    End: count - 1
  };
  return steps[key] ?? null;
}

/** Act on a key for the row the cursor is on; false when the key means nothing here. */
function onRowKey(
  event: React.KeyboardEvent,
  rows: Row[],
  place: number,
  props: IRunListProps
): boolean {
  const row = rows[place]!;
  const actions: Record<string, () => void> = {
    ' ': () => props.onToggle(row.id, event.shiftKey),
    Enter: () => (row.kind === 'run' ? props.onOpen(row.id) : props.onFold(row.id)),
    ArrowLeft: () => foldOrLeave(rows, place, props),
    ArrowRight: () => canFold(row) && row.collapsed && props.onFold(row.id),
    F2: () => row.kind === 'run' && props.onRename(),
    Delete: () => props.onDelete(),
    ContextMenu: () => openMenu(row, props),
    F10: () => event.shiftKey && openMenu(row, props)
  };
  const action = actions[event.key];
  action?.();
  return action !== undefined;
}

function canFold(row: Row): boolean {
  return row.kind === 'group' || row.children > 0;
}

function foldOrLeave(rows: Row[], place: number, props: IRunListProps): void {
  const row = rows[place]!;
  if (canFold(row) && !row.collapsed) {
    props.onFold(row.id);
    return;
  }
  const depth = (row as IRunRow).depth ?? 0;
  const above = rows.slice(0, place).reverse();
  const parent = above.find(one => one.kind === 'group' || one.depth < depth);
  if (parent && row.kind === 'run' && depth > 0) {
    props.onActivate(parent.id);
  }
}

function openMenu(row: Row, props: IRunListProps): void {
  const box = document.getElementById(rowDomId(row.id))?.getBoundingClientRect();
  props.onMenu(row.id, (box?.left ?? 0) + 40, box?.bottom ?? 0);
}
