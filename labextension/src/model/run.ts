import { Throttler } from '@lumino/polling';
import type { ApiClient } from '../api/client';
import type { ChangeStream } from '../api/changes';
import type { IChange, INotebook, IRunDetail, ISeries } from '../api/types';
import { Observable } from './observable';

/** One run with everything about it; curves and the notebook are read when first looked at. */
export class RunModel extends Observable {
  constructor(
    private readonly client: ApiClient,
    private readonly changes: ChangeStream,
    readonly runId: string
  ) {
    super();
    changes.changed.connect(this.onChange, this);
    void this.read();
  }

  detail: IRunDetail | null = null;
  series: ISeries[] | null = null;
  notebook: INotebook | null = null;
  error = '';
  notebookError = '';

  async read(): Promise<void> {
    try {
      this.detail = await this.client.run(this.runId);
      this.error = '';
      if (this.series) {
        this.series = await this.fetchSeries();
      }
    } catch (error) {
      this.error = message(error);
    }
    this.emitChanged();
  }

  async readSeries(): Promise<void> {
    if (!this.series && this.detail) {
      this.series = await this.fetchSeries();
      this.emitChanged();
    }
  }

  async readNotebook(): Promise<void> {
    if (this.notebook) {
      return;
    }
    try {
      this.notebook = await this.client.notebook(this.runId);
    } catch (error) {
      this.notebookError = message(error);
    }
    this.emitChanged();
  }

  dispose(): void {
    this.throttled.dispose();
    this.changes.changed.disconnect(this.onChange, this);
    super.dispose();
  }

  private async fetchSeries(): Promise<ISeries[]> {
    const metrics = Object.entries(this.detail?.run.metrics ?? {});
    const curves = metrics.filter(([, summary]) => summary.count > 1).map(([key]) => key);
    const found = await Promise.allSettled(curves.map(key => this.client.series(this.runId, key)));
    return found.flatMap(one => (one.status === 'fulfilled' ? [one.value] : []));
  }

  private onChange(_: unknown, change: IChange): void {
    if (change.run_ids.includes(this.runId)) {
      void this.throttled.invoke().catch(() => undefined);
    }
  }

  private readonly throttled = new Throttler(() => this.read(), { limit: 1000, edge: 'trailing' });
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
