import { Throttler } from '@lumino/polling';
import type { ApiClient } from '../api/client';
import type { ChangeStream } from '../api/changes';
import type { IChange, IComparison } from '../api/types';
import { Observable } from './observable';

/** A comparison of given runs that is read again when one of them changes. */
export class ComparisonModel extends Observable {
  constructor(
    private readonly client: ApiClient,
    private readonly changes: ChangeStream,
    readonly runIds: readonly string[]
  ) {
    super();
    changes.changed.connect(this.onChange, this);
    void this.read();
  }

  comparison: IComparison | null = null;
  error = '';

  async read(): Promise<void> {
    try {
      this.comparison = await this.client.compare([...this.runIds]);
      this.error = '';
    } catch (error) {
      this.error = error instanceof Error ? error.message : String(error);
    }
    this.emitChanged();
  }

  dispose(): void {
    this.throttled.dispose();
    this.changes.changed.disconnect(this.onChange, this);
    super.dispose();
  }

  private onChange(_: unknown, change: IChange): void {
    if (change.run_ids.some(id => this.runIds.includes(id))) {
      void this.throttled.invoke().catch(() => undefined);
    }
  }

  private readonly throttled = new Throttler(() => this.read(), { limit: 1000, edge: 'trailing' });
}
