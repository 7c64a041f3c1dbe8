import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import type {
  IComparison,
  IExperiment,
  IExport,
  INotebook,
  IRun,
  IRunDetail,
  IRunPage,
  ISeries,
  ISession,
  IStore
} from './types';

/** What the server answered instead of data; `code` is one of MLflow's error names. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

/** Which runs a list wants; empty fields do not narrow. */
export interface IRunsQuery {
  experimentIds?: string[];
  notebook?: string;
  filter?: string;
  orderBy?: string[];
  maxResults?: number;
  pageToken?: string;
}

/** A new name and tags of a run; a tag set to null is taken away. */
export interface IRunPatch {
  name?: string;
  tags?: Record<string, string | null>;
}

const ROOT = 'mltrack/api';

/** The panel's API: one method a route, typed values in and out. */
export class ApiClient {
  constructor(private readonly settings = ServerConnection.makeSettings()) {}

  status(): Promise<IStore> {
    return this.get('status');
  }

  sessions(kernelId: string): Promise<ISession[]> {
    return this.get('sessions', [['kernel_id', kernelId]]);
  }

  experiments(): Promise<IExperiment[]> {
    return this.get('experiments', [['view', 'active']]);
  }

  runs(query: IRunsQuery): Promise<IRunPage> {
    const many = (name: string, values: string[] = []) => values.map(value => [name, value]);
    return this.get('runs', [
      ...many('experiment_id', query.experimentIds),
      ...many('order_by', query.orderBy),
      ['notebook', query.notebook ?? ''],
      ['filter', query.filter ?? ''],
      ['max_results', String(query.maxResults ?? 200)],
      ['page_token', query.pageToken ?? '']
    ]);
  }

  queryRuns(runIds: string[]): Promise<IRun[]> {
    return this.send('POST', 'runs/query', { run_ids: runIds });
  }

  run(runId: string): Promise<IRunDetail> {
    return this.get(join('runs', runId));
  }

  patchRun(runId: string, patch: IRunPatch): Promise<IRun> {
    return this.send('PATCH', join('runs', runId), patch);
  }

  async deleteRuns(runIds: string[]): Promise<string[]> {
    return (await this.send<{ run_ids: string[] }>('POST', 'runs/delete', { run_ids: runIds }))
      .run_ids;
  }

  async restoreRuns(runIds: string[]): Promise<string[]> {
    return (await this.send<{ run_ids: string[] }>('POST', 'runs/restore', { run_ids: runIds }))
      .run_ids;
  }

  series(runId: string, key: string, maxPoints = 1000): Promise<ISeries> {
    return this.get(join('runs', runId, 'series'), [
      ['key', key],
      ['max_points', String(maxPoints)]
    ]);
  }

  notebook(runId: string): Promise<INotebook> {
    return this.get(join('runs', runId, 'notebook'));
  }

  exportRun(runId: string, directory: string): Promise<IExport> {
    return this.send('POST', join('runs', runId, 'export'), { directory });
  }

  compare(runIds: string[]): Promise<IComparison> {
    return this.send('POST', 'compare', { run_ids: runIds });
  }

  async artifact(runId: string, path: string): Promise<Blob> {
    const response = await this.request(join('runs', runId, 'artifacts', ...path.split('/')));
    return response.blob();
  }

  async plot(runId: string, digest: string): Promise<Blob> {
    return (await this.request(join('runs', runId, 'plots', digest))).blob();
  }

  /** The stream of changes after `since`, as raw bytes. */
  async changes(since: number, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const response = await this.request(`changes?since=${since}`, { signal, cache: 'no-store' });
    if (!response.body) {
      throw new ApiError(response.status, 'INTERNAL_ERROR', 'The server sent no stream.');
    }
    return response.body;
  }

  private async get<T>(path: string, query: string[][] = []): Promise<T> {
    const given = new URLSearchParams(query.filter(([, value]) => value));
    const response = await this.request(given.size ? `${path}?${given}` : path);
    return response.json();
  }

  private async send<T>(method: string, path: string, body: object): Promise<T> {
    return (await this.request(path, { method, body: JSON.stringify(body) })).json();
  }

  private async request(path: string, init: RequestInit = {}): Promise<Response> {
    const url = URLExt.join(this.settings.baseUrl, ROOT) + '/' + path;
    const response = await ServerConnection.makeRequest(url, init, this.settings);
    if (!response.ok) {
      throw await toError(response);
    }
    return response;
  }
}

function join(...parts: string[]): string {
  return parts.map(encodeURIComponent).join('/');
}

async function toError(response: Response): Promise<ApiError> {
  const text = await response.text();
  try {
    const body = JSON.parse(text);
    return new ApiError(response.status, body.error_code ?? '', body.message ?? text);
  } catch {
    return new ApiError(response.status, '', text || response.statusText);
  }
}
