import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker, NotebookActions, type NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { Commands, Plugins } from '../model/ids';
import { ITracker } from '../model/tracker';

/** Enough of an id to be the only one that begins so. */
const PREFIX = 12;

/** Puts a comparison into the notebook, as a cell whose output stays with the file. */
export const insert: JupyterFrontEndPlugin<void> = {
  id: Plugins.insert,
  description: 'Inserts comparisons into the notebook.',
  autoStart: true,
  requires: [ITracker, INotebookTracker],
  optional: [ITranslator, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    shared: ITracker,
    notebooks: INotebookTracker,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ) => {
    const trans = (translator ?? nullTranslator).load('jupyter_mltrack');
    const wanted = (args: { run_ids?: unknown }) =>
      (args.run_ids as string[] | undefined) ?? [...shared.selection.ticked];
    app.commands.addCommand(Commands.insertComparison, {
      label: trans.__('Insert Comparison into Notebook'),
      describedBy: { args: { type: 'object', properties: { run_ids: { type: 'array' } } } },
      isEnabled: args => wanted(args).length > 1 && notebooks.currentWidget !== null,
      execute: async args => {
        const panel = notebooks.currentWidget;
        if (panel) {
          app.shell.activateById(panel.id);
          await insertCell(panel, wanted(args));
        }
      }
    });
    const category = trans.__('Experiments');
    palette?.addItem({ command: Commands.insertComparison, category });
  }
};

async function insertCell(panel: NotebookPanel, runIds: string[]): Promise<void> {
  const { content, sessionContext } = panel;
  NotebookActions.insertBelow(content);
  const ids = runIds.map(id => id.slice(0, PREFIX));
  content.activeCell?.model.sharedModel.setSource(`%mltrack compare ${ids.join(' ')}`);
  // The magic may not be there yet in this kernel; loading it turns no tracking on.
  const code = 'get_ipython().extension_manager.load_extension("jupyter_mltrack")';
  const kernel = sessionContext.session?.kernel;
  await kernel?.requestExecute({ code, silent: true, store_history: false }).done;
  await NotebookActions.run(content, sessionContext);
}
