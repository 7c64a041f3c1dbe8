import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import type { Kernel } from '@jupyterlab/services';
import type { JSONObject } from '@lumino/coreutils';
import {
  cellTags,
  sourceText,
  type ICapturedCell,
  type ICapturedNotebook
} from '../compute/notebook';
import { Plugins } from '../model/ids';

/** The key under which an execution's metadata carries the notebook. */
const KEY = 'jupyter_mltrack';

/**
 * Sends the live notebook along with each execution of one of its cells.
 *
 * Only the front end knows the notebook as it is at that moment, unsaved edits and renames
 * included. We wrap `requestExecute` of the kernel connection: providing a cell executor instead
 * would compete with other extensions, and writing into a cell's metadata would change the file.
 */
export const capture: JupyterFrontEndPlugin<void> = {
  id: Plugins.capture,
  description: 'Lets the kernel know the notebook that a cell is run in.',
  autoStart: true,
  requires: [INotebookTracker],
  activate: (_app: JupyterFrontEnd, notebooks: INotebookTracker) => {
    notebooks.widgetAdded.connect((_, panel) => follow(panel));
    notebooks.forEach(follow);
  }
};

/** Describe a notebook as it is now. */
export function describe(panel: NotebookPanel): ICapturedNotebook {
  const { context, content } = panel;
  const model = content.model;
  const cells = [...(model?.cells ?? [])].map(cell => {
    const tags = cellTags(cell.getMetadata('tags'));
    const source = sourceText(cell.sharedModel.getSource());
    const captured: ICapturedCell = { id: cell.id, type: cell.type, source };
    return tags ? { ...captured, tags } : captured;
  });
  const described: ICapturedNotebook = { path: context.path, dirty: !!model?.dirty, cells };
  const own = model?.getMetadata(KEY) as { notebook_id?: unknown } | undefined;
  if (typeof own?.notebook_id === 'string') {
    described.notebook_id = own.notebook_id;
  }
  return described;
}

/** Metadata for an execution in this notebook's kernel; empty if the notebook defies description. */
export function executionMetadata(panel: NotebookPanel): JSONObject {
  try {
    return { [KEY]: describe(panel) as unknown as JSONObject };
  } catch (error) {
    console.warn('mltrack: the notebook was not sent along', error);
    return {};
  }
}

function follow(panel: NotebookPanel): void {
  const session = panel.sessionContext;
  const wrapCurrent = () => {
    const kernel = session.session?.kernel;
    if (kernel) {
      wrap(kernel, panel);
    }
  };
  session.kernelChanged.connect(wrapCurrent);
  wrapCurrent();
}

const wrapped = new WeakSet<Kernel.IKernelConnection>();

function wrap(kernel: Kernel.IKernelConnection, panel: NotebookPanel): void {
  if (wrapped.has(kernel)) {
    return;
  }
  wrapped.add(kernel);
  const original = kernel.requestExecute;
  kernel.requestExecute = function (content, disposeOnDone, metadata) {
    // Only a cell's execution: consoles, widgets and our own switch have no cell id.
    const isCell = !panel.isDisposed && typeof metadata?.cellId === 'string';
    const sent = isCell ? { ...metadata, ...executionMetadata(panel) } : metadata;
    return original.call(this, content, disposeOnDone, sent as typeof metadata);
  };
}
