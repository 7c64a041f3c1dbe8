/**
 * Reads a text/event-stream that arrives in arbitrary pieces.
 *
 * Only `data` lines matter to us: the server names no events and keep-alives are comments.
 */
export class EventReader {
  /** Take the next piece and return the data of the events it completed. */
  push(piece: string): string[] {
    this.rest += piece;
    const blocks = this.rest.split(/\r?\n\r?\n/);
    this.rest = blocks.pop() ?? '';
    return blocks.map(dataOf).filter(data => data !== '');
  }

  private rest = '';
}

function dataOf(block: string): string {
  return block
    .split(/\r?\n/)
    .filter(line => line.startsWith('data:'))
    .map(line => line.slice(5).replace(/^ /, ''))
    .join('\n');
}
