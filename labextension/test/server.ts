import { Signal } from '@lumino/signaling';
import type { ApiClient, IRunsQuery } from '../src/api/client';
import type { IChange, IRun } from '../src/api/types';

/** A server with runs in memory, newest last; pushes what a test changes. */
export class FakeServer {
  runs: IRun[] = [];
  queries: IRunsQuery[] = [];
  error = '';
  position = 1;
  isConnected = true;
  changed = new Signal<this, IChange>(this);
  connected = new Signal<this, boolean>(this);
  start = () => undefined;

  async runsPage(query: IRunsQuery) {
    this.queries.push(query);
    if (this.error) {
      throw new Error(this.error);
    }
    const start = Number(query.pageToken ?? 0);
    const end = start + (query.maxResults ?? 200);
    const newest = [...this.runs].reverse();
    const next_page_token = end < newest.length ? String(end) : null;
    return { runs: newest.slice(start, end), next_page_token, change: this.position };
  }

  client() {
    return {
      runs: (query: IRunsQuery) => this.runsPage(query),
      queryRuns: async (ids: string[]) => this.runs.filter(run => ids.includes(run.run_id)),
      experiments: async () => []
    } as unknown as ApiClient;
  }

  push(...run_ids: string[]) {
    this.position += 1;
    this.changed.emit({ change: this.position, run_ids, experiments: false, sessions: false });
  }
}
