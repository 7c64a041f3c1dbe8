import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { inlineFactory } from '../inline';
import { Commands, Plugins } from '../model/ids';
import { ITracker } from '../model/tracker';

/** Comparisons as the output of a cell. */
export const inline: JupyterFrontEndPlugin<void> = {
  id: Plugins.inline,
  description: 'Draws comparisons in notebooks.',
  autoStart: true,
  requires: [IRenderMimeRegistry, ITracker],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    rendermime: IRenderMimeRegistry,
    shared: ITracker,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('jupyter_mltrack');
    const factory = inlineFactory(() => ({
      trans,
      loadPlot: (runId, plot) => shared.client.plot(runId, plot.digest),
      openRun: runId => void app.commands.execute(Commands.openRun, { run_id: runId })
    }));
    // Before text/html, which the same output carries for places that do not have us.
    rendermime.addFactory(factory, 0);
  }
};
