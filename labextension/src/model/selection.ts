import { runsBetween, type Folding, type Row } from '../compute/rows';
import { Observable } from './observable';

/** A group or a family of more runs is folded until someone opens it: it would bury the others. */
const MANY = 12;

/** Which runs are ticked, where the keyboard is, and which groups are folded. */
export class SelectionModel extends Observable {
  readonly ticked: Set<string> = new Set();
  /** What someone folded (true) or opened (false). */
  readonly folds: Map<string, boolean> = new Map();
  /** The id of the row the keyboard is on; '' for none. */
  active = '';

  activate(id: string): void {
    this.active = id;
    this.emitChanged();
  }

  /** Tick or untick a row; a group stands for its runs, `range` reaches back to the last one. */
  toggle(rows: readonly Row[], id: string, range = false): void {
    const row = rows.find(one => one.id === id);
    if (!row) {
      return;
    }
    const from = range ? this.anchor : id;
    const ids =
      row.kind === 'group' && !range
        ? row.runs.map(run => run.run_id)
        : runsBetween([...rows], from || id, id);
    this.keepOpen(rows, row);
    const tick = !ids.every(one => this.ticked.has(one));
    ids.forEach(one => (tick ? this.ticked.add(one) : this.ticked.delete(one)));
    this.anchor = id;
    this.activate(id);
  }

  clear(): void {
    this.ticked.clear();
    this.emitChanged();
  }

  /** Drop what is no longer there. */
  forget(ids: readonly string[]): void {
    ids.forEach(id => this.ticked.delete(id));
    this.emitChanged();
  }

  fold(id: string, folded: boolean): void {
    this.folds.set(id, folded);
    this.emitChanged();
  }

  /** What is folded; all is open where nobody said so and the list is what a filter left. */
  folding(filtered: boolean): Folding {
    return (id, count) => this.folds.get(id) ?? (count > MANY && !filtered);
  }

  /** A group or a family in which something is ticked does not fold while it grows. */
  private keepOpen(rows: readonly Row[], row: Row): void {
    let depth = depthOf(row);
    for (const above of rows.slice(0, rows.indexOf(row)).reverse()) {
      if (depthOf(above) < depth) {
        depth = depthOf(above);
        this.folds.set(above.id, this.folds.get(above.id) ?? false);
      }
    }
  }

  private anchor = '';
}

function depthOf(row: Row): number {
  return row.kind === 'group' ? 0 : row.depth;
}
