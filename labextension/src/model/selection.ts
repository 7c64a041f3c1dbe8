import { runsBetween, type Row } from '../compute/rows';
import { Observable } from './observable';

/** Which runs are ticked, where the keyboard is, and which groups are folded. */
export class SelectionModel extends Observable {
  readonly ticked: Set<string> = new Set();
  readonly collapsed: Set<string> = new Set();
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

  fold(id: string, folded = !this.collapsed.has(id)): void {
    if (folded) {
      this.collapsed.add(id);
    } else {
      this.collapsed.delete(id);
    }
    this.emitChanged();
  }

  private anchor = '';
}
