import { Debouncer } from '@lumino/polling';
import type { ApiClient, IRunsQuery } from '../api/client';
import type { ChangeStream } from '../api/changes';
import type { IChange, IExperiment, IRun, IRunPage } from '../api/types';
import { toFilter } from '../compute/filter';
import { guessColumns, NEWEST_FIRST, toOrderBy, type IColumn, type IOrder } from '../compute/order';
import { appendPage, mergeHead } from '../compute/rows';
import { Observable } from './observable';

/** What the panel was asked to list. An empty experiment means all of them. */
export interface IView {
  scope: 'notebook' | 'all';
  experimentId: string;
  filter: string;
  order: IOrder;
}

const FIRST_PAGE = 200;
const NEXT_PAGE = 500;
/** So many runs tell which columns to show. */
const GUESSED_FROM = 5000;
/** The server gives no longer pages. */
const LONGEST_PAGE = 1000;
/** Above so many changed runs, reading the head of the list is cheaper than naming them. */
const MANY = 500;
/** One sees no delay, and the pushes of a loop that logs fast become few requests. */
const GATHER = 100;

/**
 * The list of runs: which are wanted, which are loaded, and how they follow the store.
 *
 * Pages come as one scrolls. A push names the runs that changed: known ones are read again in
 * place; after a new one, or with a filter that may have changed its mind, the list is read again
 * as far as it was loaded.
 */
export class RunsModel extends Observable {
  constructor(
    private readonly client: ApiClient,
    private readonly changes: ChangeStream
  ) {
    super();
    changes.changed.connect(this.onChange, this);
    changes.connected.connect(this.onConnected, this);
  }

  view: Readonly<IView> = { scope: 'notebook', experimentId: '', filter: '', order: NEWEST_FIRST };
  runs: readonly IRun[] = [];
  experiments: readonly IExperiment[] = [];
  /** The columns someone chose; null means a guess from the runs. */
  chosenColumns: readonly IColumn[] | null = null;
  notebookPath: string | null = null;
  loading = false;
  /** True once an answer came, so that nothing and not yet can be told apart. */
  loaded = false;
  error = '';
  get hasMore(): boolean {
    return this.nextPage !== null;
  }

  /** The view's scope, as far as there is a notebook to narrow to. */
  get scope(): 'notebook' | 'all' {
    return this.notebookPath === null ? 'all' : this.view.scope;
  }

  get columns(): readonly IColumn[] {
    if (this.guess.runs !== this.runs) {
      // Of the first page alone one long loop may be all there is.
      this.guess = { runs: this.runs, columns: guessColumns(this.runs.slice(0, GUESSED_FROM)) };
    }
    return this.chosenColumns ?? this.guess.columns;
  }

  get isConnected(): boolean {
    return this.changes.isConnected;
  }

  find(runId: string): IRun | undefined {
    return this.runs.find(run => run.run_id === runId);
  }

  /** Begin: read the first page and follow the store from here on. */
  start(): void {
    if (!this.started) {
      this.started = true;
      this.changes.start();
      void this.read(FIRST_PAGE);
      void this.readExperiments();
    }
  }

  setView(patch: Partial<IView>): void {
    this.view = { ...this.view, ...patch };
    void this.read(FIRST_PAGE);
  }

  setColumns(columns: readonly IColumn[] | null): void {
    this.chosenColumns = columns;
    this.emitChanged();
  }

  setNotebook(path: string | null): void {
    if (path !== this.notebookPath) {
      const before = this.scope;
      this.notebookPath = path;
      if (before === 'notebook' || this.scope === 'notebook') {
        void this.read(FIRST_PAGE);
      } else {
        this.emitChanged();
      }
    }
  }

  /** Read what is loaded anew. It stays until the answer is there, so nothing flickers. */
  async reload(): Promise<void> {
    await this.read(Math.max(this.runs.length, FIRST_PAGE));
  }

  async loadMore(): Promise<void> {
    const token = this.nextPage;
    if (token === null || this.loading) {
      return;
    }
    if (this.drifted) {
      // Pages are counted from the start of the list: runs that left it would leave a gap.
      await this.read(this.runs.length + NEXT_PAGE);
    } else {
      await this.read(NEXT_PAGE, token);
    }
  }

  /** Read runs again that were changed here, ahead of the push that will say the same. */
  async follow(runIds: readonly string[]): Promise<void> {
    runIds.forEach(id => this.stale.add(id));
    await this.catchUp();
  }

  /** Put in what an edit answered, ahead of the push that will say the same. */
  replace(fresh: readonly IRun[]): void {
    const byId = new Map(fresh.map(run => [run.run_id, run]));
    const before = this.runs.length;
    this.runs = this.runs
      .map(run => byId.get(run.run_id) ?? run)
      .filter(run => run.lifecycle_stage !== 'deleted');
    // In any other order than by time an edit may have given the run another place.
    this.drifted ||= this.runs.length < before || this.view.order.kind !== 'time';
    this.emitChanged();
  }

  remove(runIds: readonly string[]): void {
    const gone = new Set(runIds);
    this.runs = this.runs.filter(run => !gone.has(run.run_id));
    this.drifted = true;
    this.emitChanged();
    void this.readExperiments();
  }

  async readExperiments(): Promise<void> {
    try {
      this.experiments = await this.client.experiments();
      this.emitChanged();
    } catch {
      // The list of runs says what is wrong with the server; saying it twice helps nobody.
    }
  }

  /** Read so many runs, from the start of the list or after those that are loaded. */
  private async read(wanted: number, after: string | null = null): Promise<void> {
    if (!this.started) {
      return;
    }
    const turn = ++this.turn;
    this.loading = true;
    this.emitChanged();
    try {
      const range = await this.readRange(wanted, after);
      if (turn !== this.turn) {
        return;
      }
      if (after === null) {
        this.place(range);
      } else {
        this.runs = appendPage([...this.runs], range.runs);
        this.nextPage = range.next_page_token;
      }
      this.error = '';
    } catch (error) {
      if (turn !== this.turn) {
        return;
      }
      this.error = error instanceof Error ? error.message : String(error);
    }
    this.loading = false;
    this.loaded = true;
    this.emitChanged();
    if (!this.error && this.isBehind()) {
      void this.catchUp();
    }
  }

  /** Read so many runs in as many pages as that takes. */
  private async readRange(wanted: number, after: string | null): Promise<IRunPage> {
    const query = this.query();
    let range: IRunPage = { runs: [], next_page_token: after, change: Infinity };
    for (let count = 0; count < wanted && (count === 0 || range.next_page_token !== null); ) {
      const page = await this.client.runs({
        ...query,
        maxResults: Math.min(wanted - count, LONGEST_PAGE),
        pageToken: range.next_page_token ?? undefined
      });
      count += Math.max(page.runs.length, 1);
      range = {
        runs: appendPage(range.runs, page.runs),
        next_page_token: page.next_page_token,
        change: Math.min(range.change, page.change)
      };
    }
    return range;
  }

  /** Show what was read from the start of the list. */
  private place(range: IRunPage): void {
    this.runs = range.runs;
    this.nextPage = range.next_page_token;
    this.readAt = range.change;
    this.missed = false;
    this.drifted = false;
  }

  private query(): IRunsQuery {
    const { experimentId, filter, order } = this.view;
    return {
      experimentIds: experimentId ? [experimentId] : [],
      notebook: this.scope === 'notebook' ? (this.notebookPath ?? '') : '',
      filter: toFilter(filter),
      orderBy: toOrderBy(order)
    };
  }

  private onChange(_: unknown, change: IChange): void {
    if (change.experiments) {
      void this.readExperiments();
    }
    change.run_ids.forEach(id => this.stale.add(id));
    if (this.stale.size && this.started) {
      void this.gather.invoke();
    }
  }

  private onConnected(_: unknown, connected: boolean): void {
    this.emitChanged();
    if (connected && this.error) {
      void this.reload();
    } else if (connected && this.isBehind()) {
      void this.catchUp();
    }
  }

  /** Whether the store moved on without our knowing which runs it was about. */
  private isBehind(): boolean {
    const isPast = this.readAt >= 0 && this.changes.position > this.readAt;
    return this.missed || (isPast && !this.stale.size);
  }

  /** Bring the list up to date, one reading after the other. */
  private catchUp(): Promise<void> {
    this.work = this.work.then(() => this.refresh());
    return this.work;
  }

  private async refresh(): Promise<void> {
    const ids = [...this.stale];
    const all = this.isBehind() || this.error !== '';
    this.stale.clear();
    if (!all && ids.length === 0) {
      return;
    }
    try {
      await this.readChanged(ids, all);
    } catch (error) {
      // Shown, and a reason to read everything again at the next push or connection.
      this.error = error instanceof Error ? error.message : String(error);
      this.missed = true;
      this.emitChanged();
    }
  }

  private async readChanged(ids: string[], all: boolean): Promise<void> {
    const position = this.changes.position;
    const known = new Set(this.runs.map(run => run.run_id));
    const fresh = ids.filter(id => !known.has(id)).length;
    if (all || fresh) {
      void this.readExperiments(); // They show how many runs they have.
    }
    if (all || fresh || ids.length > MANY || this.view.filter.trim()) {
      await this.readAgain(this.runs.length + fresh, all ? null : ids);
    } else {
      this.replace(await this.client.queryRuns(ids));
      this.readAt = position;
    }
  }

  /** Read the list again after these runs changed, or after one knows not what. */
  private async readAgain(count: number, changed: string[] | null): Promise<void> {
    if (this.loading) {
      this.missed = true; // What is under way ends with coming back here.
      return;
    }
    const turn = this.turn;
    const wanted = Math.max(count, FIRST_PAGE);
    const head = await this.readRange(Math.min(wanted, LONGEST_PAGE), null);
    const isWhole = head.next_page_token === null || wanted <= LONGEST_PAGE;
    const merged = isWhole || !changed ? null : mergeHead([...this.runs], head.runs, changed);
    const range = isWhole || merged ? head : await this.readRange(wanted, null);
    if (turn !== this.turn) {
      return;
    }
    if (merged) {
      this.runs = merged;
      this.readAt = head.change;
    } else {
      this.place(range);
    }
    this.error = '';
    this.emitChanged();
  }

  private readonly gather = new Debouncer(() => this.catchUp(), GATHER);
  private readonly stale = new Set<string>();
  private guess: { runs: readonly IRun[]; columns: readonly IColumn[] } = { runs: [], columns: [] };
  private nextPage: string | null = null;
  /** The change up to which the list is known to be right. */
  private readAt = -1;
  /** Something changed, and which runs it was is not known any more. */
  private missed = false;
  /** The list is not in the server's order or number, so that its next page may leave a gap. */
  private drifted = false;
  private work = Promise.resolve();
  private started = false;
  private turn = 0;
}
