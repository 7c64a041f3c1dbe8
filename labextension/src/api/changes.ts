import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';
import { EventReader } from '../compute/events';
import type { ApiClient } from './client';
import type { IChange } from './types';

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;

/**
 * The store's changes as the server pushes them, for as long as the page is open.
 *
 * Read with fetch and not with EventSource, which cannot send the token that a page opened with
 * `?token=` needs. A page in the background lets go of the connection after a while: browsers
 * allow six per server, and each JupyterLab tab would hold one.
 */
export class ChangeStream implements IDisposable {
  private static readonly IDLE = 60_000;

  constructor(private readonly client: ApiClient) {
    document.addEventListener('visibilitychange', this.onVisibility);
  }

  /** The number of the last change that was heard of; -1 before the first. */
  get position(): number {
    return this._position;
  }

  get changed(): ISignal<this, IChange> {
    return this._changed;
  }

  /** Tells whether pushes arrive; after a gap, `position` may be ahead of what was emitted. */
  get connected(): ISignal<this, boolean> {
    return this._connected;
  }

  get isConnected(): boolean {
    return this._isConnected;
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  start(): void {
    if (!this._abort && !this._disposed) {
      this._abort = new AbortController();
      void this.run(this._abort.signal);
    }
  }

  stop(): void {
    this._abort?.abort();
    this._abort = null;
  }

  dispose(): void {
    this._disposed = true;
    this.stop();
    window.clearTimeout(this._idle);
    document.removeEventListener('visibilitychange', this.onVisibility);
    Signal.clearData(this);
  }

  private async run(signal: AbortSignal): Promise<void> {
    let pause = FIRST_PAUSE;
    while (!signal.aborted) {
      try {
        await this.listen(signal, () => (pause = FIRST_PAUSE));
      } catch (error) {
        if (!signal.aborted) {
          console.debug('mltrack: waiting for the server', error);
        }
      }
      this.setConnected(false);
      await sleep(pause, signal);
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    }
  }

  private async listen(signal: AbortSignal, onOpen: () => void): Promise<void> {
    if (this._position < 0) {
      this._position = (await this.client.status()).change;
    }
    const stream = (await this.client.changes(this._position, signal)).getReader();
    onOpen();
    this.setConnected(true);
    const events = new EventReader();
    const decoder = new TextDecoder();
    for (;;) {
      const { value, done } = await stream.read();
      if (done) {
        return;
      }
      for (const data of events.push(decoder.decode(value, { stream: true }))) {
        this.receive(JSON.parse(data));
      }
    }
  }

  private receive(change: IChange): void {
    this._position = change.change;
    this._changed.emit(change);
  }

  private setConnected(connected: boolean): void {
    if (this._isConnected !== connected) {
      this._isConnected = connected;
      this._connected.emit(connected);
    }
  }

  private readonly onVisibility = (): void => {
    window.clearTimeout(this._idle);
    if (document.hidden) {
      this._idle = window.setTimeout(() => this.stop(), ChangeStream.IDLE);
    } else {
      this.start();
    }
  };

  private readonly _changed = new Signal<this, IChange>(this);
  private readonly _connected = new Signal<this, boolean>(this);
  private _abort: AbortController | null = null;
  private _disposed = false;
  private _idle = 0;
  private _isConnected = false;
  private _position = -1;
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}
