import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ChangeStream } from '../api/changes';
import { ApiClient } from '../api/client';
import { Plugins } from '../model/ids';
import { RunsModel } from '../model/runs';
import { SelectionModel } from '../model/selection';
import { ITracker } from '../model/tracker';

/** What the other plugins share. It talks to the server only when one of them asks it to. */
export const tracker: JupyterFrontEndPlugin<ITracker> = {
  id: Plugins.tracker,
  description: 'The runs of the store, as the server tells of them.',
  autoStart: true,
  provides: ITracker,
  activate: (app: JupyterFrontEnd) => {
    const client = new ApiClient(app.serviceManager.serverSettings);
    const changes = new ChangeStream(client);
    const runs = new RunsModel(client, changes);
    return { client, changes, runs, selection: new SelectionModel() };
  }
};
