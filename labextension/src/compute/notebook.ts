import type { IBaseCell, INotebookContent } from '@jupyterlab/nbformat';

/** A cell as it travels with an execution: what it is, not what it showed. */
export interface ICapturedCell {
  id: string;
  type: string;
  source: string;
  /** The tags of the cell's metadata, when it has any. */
  tags?: string[];
}

/** The live notebook, unsaved edits included. */
export interface ICapturedNotebook {
  path: string;
  dirty: boolean;
  cells: ICapturedCell[];
}

/** What the kernel gets of it with an execution: without the cells it was given as `content`. */
export interface ISentNotebook {
  path: string;
  dirty: boolean;
  content: string;
  cells?: ICapturedCell[];
}

/** Whether cells are the same, in the same order. */
export function sameCells(some: ICapturedCell[], others: ICapturedCell[]): boolean {
  return (
    some.length === others.length &&
    some.every((one, place) => {
      const other = others[place];
      return (
        one.id === other?.id &&
        one.type === other.type &&
        one.source === other.source &&
        String(one.tags) === String(other.tags)
      );
    })
  );
}

/** Join a source that nbformat may keep as lines. */
export function sourceText(source: unknown): string {
  return Array.isArray(source) ? source.join('') : String(source ?? '');
}

/** The tags in a cell's metadata, which anything may have been written to; undefined for none. */
export function cellTags(tags: unknown): string[] | undefined {
  const found = Array.isArray(tags) ? tags.filter(tag => typeof tag === 'string') : [];
  return found.length ? found : undefined;
}

/**
 * Copy a notebook so that it can be shown without being trusted.
 *
 * Trust is a mark in a cell's metadata; a notebook that comes from the store could carry one.
 */
export function untrusted(notebook: Record<string, unknown>): INotebookContent {
  const cells = Array.isArray(notebook.cells) ? (notebook.cells as IBaseCell[]) : [];
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: withoutTrust(notebook.metadata) as INotebookContent['metadata'],
    cells: cells.map(
      cell =>
        ({
          ...cell,
          source: sourceText(cell.source),
          metadata: withoutTrust(cell.metadata)
        }) as IBaseCell
    )
  };
}

function withoutTrust(metadata: unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(metadata ?? {}).filter(([key]) => key !== 'trusted'));
}

/** Make a notebook of code cells with their outputs, to be shown by the notebook's own renderer. */
export function cellsToNotebook(
  cells: { id: string; source: string; executionCount: number | null; outputs: unknown[] }[]
): Record<string, unknown> {
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { language_info: { name: 'python' } },
    cells: cells.map(cell => ({
      id: cell.id,
      cell_type: 'code',
      metadata: {},
      source: cell.source,
      execution_count: cell.executionCount,
      outputs: cell.outputs
    }))
  };
}

/** The folder of a path, '' for the top. */
export function directoryOf(path: string): string {
  return path.split('/').slice(0, -1).join('/');
}
