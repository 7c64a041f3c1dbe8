import { UUID } from '@lumino/coreutils';
import {
  sameCells,
  type ICapturedCell,
  type ICapturedNotebook,
  type ISentNotebook
} from '../compute/notebook';

/**
 * What one kernel was given of a notebook last, so that its cells travel only when they changed.
 *
 * A notebook of 200 cells is 100 kB, which cost each execution several milliseconds.
 */
export class SentNotebook {
  /** What to send now. */
  next(notebook: ICapturedNotebook): ISentNotebook {
    const { path, dirty, cells } = notebook;
    if (this.content && sameCells(this.cells, cells)) {
      return { path, dirty, content: this.content };
    }
    this.cells = cells;
    this.content = UUID.uuid4();
    return { path, dirty, content: this.content, cells };
  }

  /** The kernel may not have it: `content` was not accepted, or nothing it was given is there. */
  forget(content = this.content): void {
    if (content === this.content) {
      this.content = '';
    }
  }

  private cells: ICapturedCell[] = [];
  private content = '';
}
