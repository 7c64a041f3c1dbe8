import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { actions } from './plugins/actions';
import { capture } from './plugins/capture';
import { compare } from './plugins/compare';
import { inline } from './plugins/inline';
import { insert } from './plugins/insert';
import { panel } from './plugins/panel';
import { run } from './plugins/run';
import { toolbar } from './plugins/toolbar';
import { tracker } from './plugins/tracker';

/** Everything this extension adds to JupyterLab; open the file of the same name in plugins/. */
const plugins: JupyterFrontEndPlugin<unknown>[] = [
  tracker,
  panel,
  actions,
  compare,
  insert,
  run,
  toolbar,
  capture,
  inline
];

export default plugins;
