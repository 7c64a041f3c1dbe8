import { Widget } from '@lumino/widgets';
import React, { useEffect, useLayoutEffect, useMemo, useRef } from 'react';
import type { ICellDetail } from '../api/types';
import { cellsToNotebook } from '../compute/notebook';
import type { RunModel } from '../model/run';
import { useHost } from './host';

/** The cells that belong to a run, each with what it showed. */
export function CellsView(props: { cells: ICellDetail[] }): JSX.Element {
  const { trans } = useHost();
  const { cells } = props;
  // Pushes bring equal cells in new objects; rendering them again would lose the scroll position.
  const key = JSON.stringify(cells.map(one => [one.cell.execution_id, one.outputs.length]));
  const notebook = useMemo(
    () =>
      cellsToNotebook(
        cells.map(one => ({
          id: one.cell.execution_id,
          source: one.source,
          executionCount: one.cell.execution_count,
          outputs: one.outputs
        }))
      ),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the key stands for the cells' content
    [key]
  );
  if (cells.length === 0) {
    return <p className="jp-mltrack-Hint">{trans.__('The run was not made by a cell.')}</p>;
  }
  return <Rendered notebook={notebook} testId="mltrack-cells" />;
}

/** The notebook as it was when the run was made. */
export function NotebookView(props: { model: RunModel }): JSX.Element {
  const { trans } = useHost();
  const { model } = props;
  useEffect(() => void model.readNotebook(), [model]);
  if (!model.notebook) {
    return (
      <p className="jp-mltrack-Hint" role="status">
        {model.notebookError || trans.__('Loading…')}
      </p>
    );
  }
  return <Rendered notebook={model.notebook.notebook} testId="mltrack-notebook" />;
}

function Rendered(props: { notebook: Record<string, unknown>; testId: string }): JSX.Element {
  const { renderNotebook } = useHost();
  const root = useRef<HTMLDivElement>(null);
  const { notebook } = props;
  // A layout effect is undone while its element is still in the document, as Lumino demands.
  useLayoutEffect(() => {
    if (root.current && renderNotebook) {
      const widget = renderNotebook(notebook);
      Widget.attach(widget, root.current);
      return () => widget.dispose();
    }
  }, [notebook, renderNotebook]);
  return <div ref={root} className="jp-mltrack-Notebook" data-testid={props.testId} />;
}
