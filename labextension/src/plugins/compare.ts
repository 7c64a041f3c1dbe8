import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { compareIcon } from '../components/icons';
import { ComparisonModel } from '../model/comparison';
import { Commands, Plugins } from '../model/ids';
import { ITracker } from '../model/tracker';
import type { ComparisonWidget } from '../widgets/comparison';

/** The main-area tab that shows runs side by side. */
export const compare: JupyterFrontEndPlugin<void> = {
  id: Plugins.compare,
  description: 'Compares runs in a tab.',
  autoStart: true,
  requires: [ITracker],
  optional: [ITranslator, ILayoutRestorer, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    shared: ITracker,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null
  ) => {
    const { commands, shell } = app;
    const trans = (translator ?? nullTranslator).load('jupyter_mltrack');
    const tabs = new WidgetTracker<MainAreaWidget<ComparisonWidget>>({
      namespace: 'mltrack-comparison'
    });
    const wanted = (args: { run_ids?: unknown }) =>
      (args.run_ids as string[] | undefined) ?? [...shared.selection.ticked];

    const open = async (runIds: string[]) => {
      const name = runIds.join(' ');
      const found = tabs.find(tab => tab.content.model.runIds.join(' ') === name);
      const tab = found ?? (await create(runIds));
      if (!tab.isAttached) {
        shell.add(tab, 'main', { type: 'Comparison' });
      }
      shell.activateById(tab.id);
      return tab;
    };
    const create = async (runIds: string[]) => {
      const { ComparisonWidget } = await import('../widgets/comparison');
      shared.changes.start();
      const content = new ComparisonWidget(
        new ComparisonModel(shared.client, shared.changes, runIds),
        {
          trans,
          loadPlot: (runId, plot) => shared.client.plot(runId, plot.digest),
          openRun: runId => void commands.execute(Commands.openRun, { run_id: runId })
        },
        () => void commands.execute(Commands.insertComparison, { run_ids: runIds })
      );
      const tab = new MainAreaWidget({ content });
      tab.title.label = trans.__('Comparison of %1 runs', runIds.length);
      tab.title.icon = compareIcon;
      tab.toolbar.hide();
      tab.title.closable = true;
      await tabs.add(tab);
      return tab;
    };

    commands.addCommand(Commands.compare, {
      label: args => {
        const count = wanted(args).length;
        return count > 1 ? trans.__('Compare %1 Runs', count) : trans.__('Compare Selected Runs');
      },
      caption: trans.__('Select two runs or more in the Experiments panel'),
      describedBy: { args: { type: 'object', properties: { run_ids: { type: 'array' } } } },
      isEnabled: args => wanted(args).length > 1,
      execute: args => open(wanted(args))
    });
    palette?.addItem({ command: Commands.compare, category: trans.__('Experiments') });
    void restorer?.restore(tabs, {
      command: Commands.compare,
      args: tab => ({ run_ids: [...tab.content.model.runIds] }),
      name: tab => tab.content.model.runIds.join(' ')
    });
  }
};
