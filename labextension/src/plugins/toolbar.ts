import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, IToolbarWidgetRegistry, Notification } from '@jupyterlab/apputils';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { Commands, Plugins } from '../model/ids';
import { ITracker } from '../model/tracker';
import { TrackingModel } from '../model/tracking';
import { TrackingSwitch } from '../widgets/trackingSwitch';
import { executionMetadata } from './capture';

/** The switch in the notebook's toolbar that turns tracking on and off. */
export const toolbar: JupyterFrontEndPlugin<void> = {
  id: Plugins.toolbar,
  description: 'Turns tracking on and off from the notebook toolbar.',
  autoStart: true,
  requires: [ITracker, IToolbarWidgetRegistry, INotebookTracker],
  optional: [ITranslator, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    shared: ITracker,
    registry: IToolbarWidgetRegistry,
    notebooks: INotebookTracker,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ) => {
    const trans = (translator ?? nullTranslator).load('jupyter_mltrack');
    const models = new WeakMap<NotebookPanel, TrackingModel>();
    const modelOf = (panel: NotebookPanel): TrackingModel => {
      let model = models.get(panel);
      if (!model) {
        const metadata = () => executionMetadata(panel);
        const { client, changes } = shared;
        model = new TrackingModel(client, changes, panel.sessionContext, metadata);
        models.set(panel, model);
        panel.disposed.connect(() => models.get(panel)?.dispose());
      }
      return model;
    };
    const toggle = async (panel: NotebookPanel) => {
      const failure = await modelOf(panel).toggle();
      if (failure) {
        Notification.error(trans.__('Tracking could not be switched: %1', failure));
      }
    };
    registry.addFactory<NotebookPanel>(
      'Notebook',
      'mltrack-tracking',
      panel => new TrackingSwitch(modelOf(panel), trans, () => void toggle(panel))
    );
    app.commands.addCommand(Commands.toggleTracking, {
      label: trans.__('Track This Notebook'),
      describedBy: { args: { type: 'object', properties: {} } },
      isToggleable: true,
      isEnabled: () => notebooks.currentWidget !== null,
      isToggled: () =>
        notebooks.currentWidget !== null && modelOf(notebooks.currentWidget).state === 'on',
      execute: async () => notebooks.currentWidget && toggle(notebooks.currentWidget)
    });
    palette?.addItem({ command: Commands.toggleTracking, category: trans.__('Experiments') });
  }
};
