import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { Clipboard, ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { MenuSvg } from '@jupyterlab/ui-components';
import type { ReadonlyJSONObject } from '@lumino/coreutils';
import type { IColumn, IOrder } from '../compute/order';
import { Commands, Plugins } from '../model/ids';
import type { RunsModel } from '../model/runs';
import { ITracker } from '../model/tracker';
import { ExperimentsPanel } from '../widgets/panel';

/** The side panel "Experiments". */
export const panel: JupyterFrontEndPlugin<void> = {
  id: Plugins.panel,
  description: 'The side panel that lists runs.',
  autoStart: true,
  requires: [ITracker],
  optional: [ITranslator, INotebookTracker, ILayoutRestorer, IStateDB, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    shared: ITracker,
    translator: ITranslator | null,
    notebooks: INotebookTracker | null,
    restorer: ILayoutRestorer | null,
    state: IStateDB | null,
    palette: ICommandPalette | null
  ) => {
    const { commands, shell } = app;
    const trans = (translator ?? nullTranslator).load('jupyter_mltrack');
    const run = (command: string, args?: ReadonlyJSONObject) =>
      void commands.execute(command, args);
    const widget = new ExperimentsPanel(
      shared.runs,
      shared.selection,
      { trans },
      {
        onOpen: id => run(Commands.openRun, { run_id: id }),
        onMenu: (id, x, y) => id && runMenu(app, id).open(x, y),
        onCompare: () => run(Commands.compare),
        onDelete: () => run(Commands.deleteRuns),
        onRename: () => run(Commands.renameRun),
        onCopy: text => Clipboard.copyToSystem(text)
      }
    );
    shell.add(widget, 'left', { rank: 450, type: 'Experiments' });
    restorer?.add(widget, widget.id);
    if (notebooks) {
      followNotebook(notebooks, shared.runs);
    }
    if (state) {
      void remember(state, shared.runs);
    }
    commands.addCommand(Commands.openPanel, {
      label: trans.__('Show Experiments'),
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => shell.activateById(widget.id)
    });
    commands.addCommand(Commands.refresh, {
      label: trans.__('Refresh Runs'),
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => shared.runs.reload()
    });
    const category = trans.__('Experiments');
    palette?.addItem({ command: Commands.openPanel, category });
    palette?.addItem({ command: Commands.refresh, category });
  }
};

/** The menu of one run; when it is one of several ticked ones, compare and delete mean all. */
function runMenu(app: JupyterFrontEnd, runId: string): MenuSvg {
  const menu = new MenuSvg({ commands: app.commands });
  menu.addClass('jp-mltrack-Menu');
  const args = { run_id: runId };
  const separator = { type: 'separator' as const };
  menu.addItem({ command: Commands.openRun, args });
  menu.addItem({ command: Commands.compare });
  menu.addItem({ command: Commands.exportRun, args });
  menu.addItem(separator);
  menu.addItem({ command: Commands.renameRun, args });
  menu.addItem({ command: Commands.editTags, args });
  menu.addItem({ command: Commands.editNote, args });
  menu.addItem({ command: Commands.starRun, args });
  menu.addItem({ command: Commands.copyRunId, args });
  menu.addItem(separator);
  menu.addItem({ command: Commands.deleteRuns, args });
  menu.aboutToClose.connect(() => window.setTimeout(() => menu.dispose()));
  return menu;
}

function followNotebook(notebooks: INotebookTracker, runs: RunsModel): void {
  let current: NotebookPanel | null = null;
  const onPath = () => runs.setNotebook(current?.context.path ?? null);
  notebooks.currentChanged.connect((_, next) => {
    current?.context.pathChanged.disconnect(onPath);
    current = next;
    current?.context.pathChanged.connect(onPath);
    onPath();
  });
}

interface IRemembered {
  columns: IColumn[] | null;
  order: IOrder;
  scope: 'notebook' | 'all';
}

/** Keep what was chosen over a reload of the page. */
async function remember(state: IStateDB, runs: RunsModel): Promise<void> {
  const read = (): IRemembered => ({
    columns: runs.chosenColumns && [...runs.chosenColumns],
    order: runs.view.order,
    scope: runs.view.scope
  });
  const found = (await state.fetch(Plugins.panel).catch(() => undefined)) as unknown;
  const saved = found as Partial<IRemembered> | undefined;
  if (saved) {
    runs.chosenColumns = saved.columns ?? null;
    runs.setView({
      order: saved.order ?? runs.view.order,
      scope: saved.scope ?? runs.view.scope
    });
  }
  let last = JSON.stringify(read());
  runs.changed.connect(() => {
    const now = JSON.stringify(read());
    if (now !== last) {
      last = now;
      void state.save(Plugins.panel, JSON.parse(now));
    }
  });
}
