import { Token } from '@lumino/coreutils';
import type { ApiClient } from '../api/client';
import type { ChangeStream } from '../api/changes';
import type { RunsModel } from './runs';
import type { SelectionModel } from './selection';

/** What the plugins share: the server, its changes, the runs the panel lists and which are ticked. */
export interface ITracker {
  readonly client: ApiClient;
  readonly changes: ChangeStream;
  readonly runs: RunsModel;
  readonly selection: SelectionModel;
}

export const ITracker = new Token<ITracker>('jupyter-mltrack:ITracker');
