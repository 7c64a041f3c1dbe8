import type { ISessionContext } from '@jupyterlab/apputils';
import type { ApiClient } from '../api/client';
import type { ChangeStream } from '../api/changes';
import type { IChange } from '../api/types';
import { Observable } from './observable';

export type TrackingState = 'on' | 'off' | 'busy' | 'unavailable';

// One expression each: nothing is left behind in the user's namespace.
const START =
  'get_ipython().extension_manager.load_extension("jupyter_mltrack")\n' +
  'get_ipython().run_line_magic("mltrack", "start")';
const STOP = 'get_ipython().run_line_magic("mltrack", "stop")';

const PATIENCE = 5000;

/** Whether the kernel of one notebook is tracked, and the way to change that. */
export class TrackingModel extends Observable {
  /** `metadata` tells the kernel which notebook it is, as an executed cell would. */
  constructor(
    private readonly client: ApiClient,
    private readonly changes: ChangeStream,
    private readonly session: ISessionContext,
    private readonly metadata: () => Record<string, unknown>
  ) {
    super();
    session.kernelChanged.connect(this.onKernel, this);
    session.statusChanged.connect(this.onStatus, this);
    changes.changed.connect(this.onChange, this);
    changes.connected.connect(this.onKernel, this);
    changes.start();
    void this.read();
  }

  state: TrackingState = 'unavailable';

  async toggle(): Promise<string> {
    const kernel = this.session.session?.kernel;
    if (!kernel || this.state === 'busy') {
      return '';
    }
    const code = this.state === 'on' ? STOP : START;
    this.set('busy');
    const future = kernel.requestExecute(
      { code, silent: true, store_history: false },
      true,
      this.metadata() as Parameters<typeof kernel.requestExecute>[2]
    );
    const { content } = await future.done;
    const failure = content.status === 'error' ? `${content.ename}: ${content.evalue}` : '';
    const wanted = code === START ? 'on' : 'off';
    this.expected = failure ? null : wanted;
    this.expectedUntil = Date.now() + PATIENCE;
    await this.read();
    return failure;
  }

  async read(): Promise<void> {
    const kernel = this.session.session?.kernel;
    const language = kernel ? ((await kernel.spec)?.language ?? 'python') : '';
    if (!kernel || language.toLowerCase() !== 'python') {
      return this.set('unavailable');
    }
    const state = await this.ask(kernel.id);
    // The store hears of it a moment after the kernel did: till then, believe the kernel.
    if (state === this.expected || Date.now() > this.expectedUntil) {
      this.expected = null;
    }
    this.set(this.expected ?? state);
  }

  dispose(): void {
    this.session.kernelChanged.disconnect(this.onKernel, this);
    this.session.statusChanged.disconnect(this.onStatus, this);
    this.changes.changed.disconnect(this.onChange, this);
    this.changes.connected.disconnect(this.onKernel, this);
    super.dispose();
  }

  private async ask(kernelId: string): Promise<'on' | 'off'> {
    try {
      const [session] = await this.client.sessions(kernelId);
      this.sessionId = session?.session_id ?? '';
      const isLive = session?.end_time === null && this.sessionId !== this.lostSession;
      return session?.tracking && isLive ? 'on' : 'off';
    } catch {
      return this.expected ?? 'off';
    }
  }

  private onKernel(): void {
    this.expected = null;
    void this.read();
  }

  private onStatus(): void {
    const status = this.session.session?.kernel?.status;
    if (status === 'restarting' || status === 'autorestarting' || status === 'dead') {
      // A restart keeps the kernel's id, and the store calls the old session live for a while.
      this.lostSession = this.sessionId;
      this.expected = null;
      this.set('off');
    }
  }

  private onChange(_: unknown, change: IChange): void {
    if (change.sessions && this.state !== 'busy') {
      void this.read();
    }
  }

  private set(state: TrackingState): void {
    if (state !== this.state) {
      this.state = state;
      this.emitChanged();
    }
  }

  private expected: 'on' | 'off' | null = null;
  private expectedUntil = 0;
  private lostSession = '-';
  private sessionId = '';
}
