import { describe, expect, it } from 'vitest';
import type { ICapturedCell, ICapturedNotebook } from '../../src/compute/notebook';
import { SentNotebook } from '../../src/model/sent';

function notebook(cells: ICapturedCell[], path = 'a.ipynb'): ICapturedNotebook {
  return { path, dirty: false, cells };
}

const one: ICapturedCell = { id: 'one', type: 'code', source: 'x = 1' };
const two: ICapturedCell = { id: 'two', type: 'markdown', source: '# Text' };

describe('SentNotebook', () => {
  it('sends cells that the kernel was given only by name, whatever the path is now', () => {
    const sent = new SentNotebook();
    const first = sent.next(notebook([one, two]));
    expect(first.cells).toEqual([one, two]);
    const again = sent.next(notebook([{ ...one }, { ...two }], 'b.ipynb'));
    expect(again).toEqual({ path: 'b.ipynb', dirty: false, content: first.content });
  });

  it.each([
    ['an edit', [{ ...one, source: 'x = 2' }, two]],
    ['another order', [two, one]],
    ['a cell less', [one]],
    ['a cell of another type', [{ ...one, type: 'raw' }, two]],
    ['a tag', [{ ...one, tags: ['mltrack-ignore'] }, two]],
    ['a new id', [{ ...one, id: 'three' }, two]]
  ])('sends cells anew after %s', (_, cells) => {
    const sent = new SentNotebook();
    const first = sent.next(notebook([one, two]));
    const second = sent.next(notebook(cells));
    expect(second.cells).toEqual(cells);
    expect(second.content).not.toBe(first.content);
  });

  it('sends all again to a kernel that may not have it', () => {
    const sent = new SentNotebook();
    sent.next(notebook([one]));
    sent.forget();
    expect(sent.next(notebook([one])).cells).toEqual([one]);
  });

  it('is not misled by the late refusal of something older', () => {
    const sent = new SentNotebook();
    const first = sent.next(notebook([one]));
    const second = sent.next(notebook([one, two]));
    sent.forget(first.content);
    expect(sent.next(notebook([one, two])).content).toBe(second.content);
  });
});
