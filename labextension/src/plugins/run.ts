import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, Notification, WidgetTracker } from '@jupyterlab/apputils';
import { IEditorServices } from '@jupyterlab/codeeditor';
import { NotebookPanel } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { IHost } from '../components/host';
import { experimentsIcon } from '../components/icons';
import { Commands, Plugins } from '../model/ids';
import { RunModel } from '../model/run';
import { ITracker } from '../model/tracker';
import type { INotebookServices } from '../widgets/notebook';
import type { RunWidget } from '../widgets/run';

type Tab = MainAreaWidget<RunWidget>;

/** The main-area tab that shows everything about one run. */
export const run: JupyterFrontEndPlugin<void> = {
  id: Plugins.run,
  description: 'Shows a run in a tab.',
  autoStart: true,
  requires: [ITracker, IRenderMimeRegistry, NotebookPanel.IContentFactory, IEditorServices],
  optional: [ITranslator, ILayoutRestorer, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    shared: ITracker,
    rendermime: IRenderMimeRegistry,
    contentFactory: NotebookPanel.IContentFactory,
    editorServices: IEditorServices,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null
  ) => {
    const { commands, shell } = app;
    const trans = (translator ?? nullTranslator).load('jupyter_mltrack');
    const services = { rendermime, contentFactory, editorServices };
    const tabs = new WidgetTracker<Tab>({ namespace: 'mltrack-run' });
    // By run: a second click while the tab is being made asks for that tab, not for another.
    const coming = new Map<string, Promise<Tab>>();
    const open = async (runId: string): Promise<Tab> => {
      const tab = await createTab(commands, shared, services, trans, runId);
      await tabs.add(tab);
      shell.add(tab, 'main', { type: 'Run' });
      return tab;
    };
    const wanted = (args: { run_id?: unknown }) =>
      (args.run_id as string | undefined) ??
      shared.runs.find(shared.selection.active)?.run_id ??
      '';

    commands.addCommand(Commands.openRun, {
      label: trans.__('Open Run'),
      describedBy: { args: { type: 'object', properties: { run_id: { type: 'string' } } } },
      isEnabled: args => wanted(args) !== '',
      execute: async args => {
        const runId = wanted(args);
        const found = tabs.find(one => one.content.model.runId === runId);
        if (!found && !coming.has(runId)) {
          coming.set(
            runId,
            open(runId).finally(() => coming.delete(runId))
          );
        }
        const tab = found ?? (await coming.get(runId)!);
        shell.activateById(tab.id);
        return tab;
      }
    });
    palette?.addItem({ command: Commands.openRun, category: trans.__('Experiments') });
    void restorer?.restore(tabs, {
      command: Commands.openRun,
      args: tab => ({ run_id: tab.content.model.runId }),
      name: tab => tab.content.model.runId
    });
  }
};

async function createTab(
  commands: CommandRegistry,
  shared: ITracker,
  services: INotebookServices,
  trans: TranslationBundle,
  runId: string
): Promise<Tab> {
  const { RunWidget } = await import('../widgets/run');
  const { renderNotebook } = await import('../widgets/notebook');
  shared.changes.start();
  const model = new RunModel(shared.client, shared.changes, runId);
  const execute = (command: string, id = runId) => void commands.execute(command, { run_id: id });
  const host: IHost = {
    trans,
    loadPlot: (id, plot) => shared.client.plot(id, plot.digest),
    renderNotebook: notebook => renderNotebook(services, notebook),
    openRun: id => execute(Commands.openRun, id)
  };
  const content = new RunWidget(model, host, {
    onExport: () => execute(Commands.exportRun),
    onRename: () => execute(Commands.renameRun),
    onStar: () => execute(Commands.starRun),
    onEditTags: () => execute(Commands.editTags),
    onEditNote: () => execute(Commands.editNote),
    onDownload: path => void download(shared, runId, path)
  });
  const tab = new MainAreaWidget({ content });
  tab.title.icon = experimentsIcon;
  tab.toolbar.hide();
  tab.title.closable = true;
  const name = () => (tab.title.label = model.detail?.run.run_name ?? trans.__('Run'));
  model.changed.connect(name);
  name();
  return tab;
}

/** Save an artifact as a file. Its type is not passed on: the page must not interpret it. */
async function download(shared: ITracker, runId: string, path: string): Promise<void> {
  try {
    const bytes = await shared.client.artifact(runId, path);
    const url = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = path.split('/').pop() ?? 'artifact';
    link.click();
    window.setTimeout(() => URL.revokeObjectURL(url), 10_000);
  } catch (error) {
    Notification.error(error instanceof Error ? error.message : String(error));
  }
}
