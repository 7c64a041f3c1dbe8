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
import { SentNotebook } from '../model/sent';

/** The key under which an execution's metadata carries the notebook. */
const KEY = 'jupyter_mltrack';

type Context = NotebookPanel['context'];

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
    notebooks.widgetAdded.connect((_, panel) => follow(panel.context));
    notebooks.forEach(panel => follow(panel.context));
  }
};

/** Describe a notebook as it is now. */
export function describe(context: Context): ICapturedNotebook {
  const { model } = context;
  const cells = [...model.cells].map(cell => {
    const tags = cellTags(cell.getMetadata('tags'));
    const source = sourceText(cell.sharedModel.getSource());
    const captured: ICapturedCell = { id: cell.id, type: cell.type, source };
    return tags ? { ...captured, tags } : captured;
  });
  return { path: context.path, dirty: model.dirty, cells };
}

/** Metadata for an execution in this notebook's kernel; empty if the notebook defies description. */
export function executionMetadata(panel: NotebookPanel): JSONObject {
  return describing(() => describe(panel.context)) ?? {};
}

function describing(make: () => unknown): JSONObject | null {
  try {
    return { [KEY]: make() as JSONObject };
  } catch (error) {
    console.warn('mltrack: the notebook was not sent along', error);
    return null;
  }
}

const followed = new WeakSet<Context>();

/** Of the document, not of a view of it: a second view shares its kernel, and may outlive the first. */
function follow(context: Context): void {
  if (followed.has(context)) {
    return;
  }
  followed.add(context);
  const session = context.sessionContext;
  const wrapCurrent = () => {
    const kernel = session.session?.kernel;
    if (kernel) {
      wrap(kernel, context);
    }
  };
  session.kernelChanged.connect(wrapCurrent);
  wrapCurrent();
}

const wrapped = new WeakSet<Kernel.IKernelConnection>();

function wrap(kernel: Kernel.IKernelConnection, context: Context): void {
  if (wrapped.has(kernel)) {
    return;
  }
  wrapped.add(kernel);
  const sent = new SentNotebook();
  kernel.statusChanged.connect((_, status) => {
    if (status !== 'idle' && status !== 'busy') {
      sent.forget(); // a process that starts anew knows nothing
    }
  });
  kernel.connectionStatusChanged.connect(() => sent.forget());
  const original = kernel.requestExecute;
  kernel.requestExecute = function (content, disposeOnDone, metadata) {
    // Only a cell's execution: consoles, widgets and our own switch have no cell id.
    const isCell = !context.isDisposed && typeof metadata?.cellId === 'string';
    const notebook = isCell ? describing(() => sent.next(describe(context))) : null;
    const extended = notebook ? { ...metadata, ...notebook } : metadata;
    const future = original.call(this, content, disposeOnDone, extended as typeof metadata);
    const given = notebook?.[KEY] as JSONObject | undefined;
    if (given?.cells) {
      const refused = () => sent.forget(given.content as string);
      // Queued behind a cell that failed, it was thrown away unread.
      future.done.then(reply => /^(ok|error)$/.test(reply.content.status) || refused(), refused);
    }
    return future;
  };
}
