import React, { useEffect, useRef, useState } from 'react';
import { isSameColumn, type IColumn } from '../compute/order';
import { useHost } from './host';
import { columnsIcon } from './icons';

/** Chooses which metrics and params the list shows; none chosen by hand means a guess. */
export function ColumnsMenu(props: {
  available: IColumn[];
  shown: readonly IColumn[];
  isGuess: boolean;
  onChange: (columns: IColumn[] | null) => void;
}): JSX.Element {
  const { trans } = useHost();
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (open && event.key === 'Escape') {
      setOpen(false);
      button.current?.focus();
    }
  };
  useEffect(() => {
    const close = (event: MouseEvent) => {
      if (!root.current?.contains(event.target as Node)) {
        setOpen(false);
      }
    };
    document.addEventListener('mousedown', close);
    return () => document.removeEventListener('mousedown', close);
  }, []);
  return (
    <div ref={root} className="jp-mltrack-Columns" onKeyDown={onKeyDown}>
      <button
        ref={button}
        className="jp-mltrack-IconButton"
        data-testid="mltrack-columns"
        aria-haspopup="dialog"
        aria-expanded={open}
        title={trans.__('Choose columns')}
        aria-label={trans.__('Choose columns')}
        onClick={() => setOpen(!open)}
      >
        <columnsIcon.react tag={null} />
      </button>
      {open && <ColumnsList {...props} />}
    </div>
  );
}

function ColumnsList(props: React.ComponentProps<typeof ColumnsMenu>): JSX.Element {
  const { trans } = useHost();
  const [search, setSearch] = useState('');
  const isShown = (column: IColumn) => props.shown.some(one => isSameColumn(one, column));
  const toggle = (column: IColumn) =>
    props.onChange(
      isShown(column)
        ? props.shown.filter(one => !isSameColumn(one, column))
        : [...props.shown, column]
    );
  const section = (kind: IColumn['kind'], title: string) => {
    const wanted = search.toLowerCase();
    const found = props.available.filter(
      one => one.kind === kind && one.key.toLowerCase().includes(wanted)
    );
    return (
      found.length > 0 && (
        <fieldset>
          <legend>{title}</legend>
          {found.map(column => (
            <label key={column.key} title={column.key}>
              <input type="checkbox" checked={isShown(column)} onChange={() => toggle(column)} />
              <span>{column.key}</span>
            </label>
          ))}
        </fieldset>
      )
    );
  };
  return (
    <div
      className="jp-mltrack-Popover"
      role="dialog"
      aria-label={trans.__('Columns')}
      data-testid="mltrack-columns-list"
    >
      <input
        type="search"
        className="jp-mltrack-Input"
        autoFocus
        aria-label={trans.__('Find a metric or param')}
        placeholder={trans.__('Find a metric or param')}
        value={search}
        onChange={event => setSearch(event.target.value)}
      />
      <div className="jp-mltrack-Popover-body">
        {section('metric', trans.__('Metrics'))}
        {section('param', trans.__('Params'))}
        {props.available.length === 0 && <p>{trans.__('No metrics or params yet.')}</p>}
      </div>
      <button
        className="jp-mltrack-LinkButton"
        disabled={props.isGuess}
        onClick={() => props.onChange(null)}
      >
        {trans.__('Choose for me')}
      </button>
    </div>
  );
}
