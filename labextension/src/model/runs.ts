import { Debouncer } from '@lumino/polling';
import type { ApiClient, IRunsQuery } from '../api/client';
import type { ChangeStream } from '../api/changes';
import type { IChange, IExperiment, IRun } from '../api/types';
import { toFilter } from '../compute/filter';
import { guessColumns, NEWEST_FIRST, toOrderBy, type IColumn, type IOrder } from '../compute/order';
import { appendPage, spliceHead } from '../compute/rows';
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
const LONGEST_REFRESH = 1000;
/** Above so many changed runs, reading the head of the list is cheaper than naming them. */
const MANY = 500;
/** One sees no delay, and the pushes of a loop that logs fast become few requests. */
const GATHER = 100;

/**
 * The list of runs: which are wanted, which are loaded, and how they follow the store.
 *
 * Pages come as one scrolls. A push names the runs that changed: known ones are read again in
 * place; a new one, or a filter that may have changed its mind, reads the head of the list again.
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
    return this.chosenColumns ?? guessColumns(this.runs.slice(0, FIRST_PAGE));
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
      void this.reload();
      void this.readExperiments();
    }
  }

  setView(patch: Partial<IView>): void {
    this.view = { ...this.view, ...patch };
    void this.reload();
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
        void this.reload();
      } else {
        this.emitChanged();
      }
    }
  }

  /** Read the list anew. What is shown stays until the answer is there, so nothing flickers. */
  async reload(): Promise<void> {
    if (this.started) {
      await this.read(FIRST_PAGE, null, page => {
        this.runs = page;
      });
    }
  }

  async loadMore(): Promise<void> {
    const token = this.nextPage;
    if (token !== null && !this.loading) {
      await this.read(NEXT_PAGE, token, page => {
        this.runs = appendPage([...this.runs], page);
      });
    }
  }

  /** Put in what an edit answered, ahead of the push that will say the same. */
  replace(fresh: readonly IRun[]): void {
    const byId = new Map(fresh.map(run => [run.run_id, run]));
    this.runs = this.runs
      .map(run => byId.get(run.run_id) ?? run)
      .filter(run => run.lifecycle_stage !== 'deleted');
    this.emitChanged();
  }

  remove(runIds: readonly string[]): void {
    const gone = new Set(runIds);
    this.runs = this.runs.filter(run => !gone.has(run.run_id));
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

  private async read(
    maxResults: number,
    pageToken: string | null,
    place: (page: IRun[]) => void
  ): Promise<void> {
    const turn = ++this.turn;
    this.loading = true;
    this.emitChanged();
    try {
      const page = await this.client.runs({
        ...this.query(),
        maxResults,
        pageToken: pageToken ?? undefined
      });
      if (turn !== this.turn) {
        return;
      }
      place(page.runs);
      this.nextPage = page.next_page_token;
      this.readAt = page.change;
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
    this.catchUp();
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
    } else if (connected) {
      this.catchUp();
    }
  }

  /** Read the head again when the store moved on between our page and the start of the pushes. */
  private catchUp(): void {
    if (this.readAt >= 0 && this.changes.position > this.readAt && !this.stale.size) {
      void this.refresh();
    }
  }

  private async refresh(): Promise<void> {
    const ids = [...this.stale];
    this.stale.clear();
    this.readAt = this.changes.position;
    const known = new Set(this.runs.map(run => run.run_id));
    const touched = ids.filter(id => known.has(id));
    const isNews = touched.length < ids.length || ids.length === 0;
    try {
      if (isNews) {
        void this.readExperiments(); // They show how many runs they have.
      }
      if (isNews || touched.length > MANY || this.view.filter.trim() || this.error) {
        await this.refreshHead();
      }
      if (touched.length && touched.length <= MANY) {
        this.replace(await this.client.queryRuns(touched));
      }
    } catch (error) {
      // Shown, and a reason to read everything again at the next push or connection.
      this.error = error instanceof Error ? error.message : String(error);
      this.emitChanged();
    }
  }

  private async refreshHead(): Promise<void> {
    if (this.loading) {
      return; // The page under way ends with catchUp, which comes back here if need be.
    }
    const before = this.nextPage;
    const wanted = Math.min(Math.max(this.runs.length, FIRST_PAGE), LONGEST_REFRESH);
    const turn = this.turn;
    const page = await this.client.runs({ ...this.query(), maxResults: wanted });
    if (turn !== this.turn) {
      return;
    }
    const whole = this.runs.length <= page.runs.length || page.next_page_token === null;
    this.runs = whole ? page.runs : spliceHead([...this.runs], page.runs);
    this.nextPage = whole ? page.next_page_token : before;
    this.error = '';
    this.emitChanged();
  }

  private readonly gather = new Debouncer(() => this.refresh(), GATHER);
  private readonly stale = new Set<string>();
  private nextPage: string | null = null;
  private readAt = -1;
  private started = false;
  private turn = 0;
}
