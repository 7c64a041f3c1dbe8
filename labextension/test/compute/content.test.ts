import { describe, expect, it } from 'vitest';
import { smooth, toCurves } from '../../src/compute/curves';
import { parseDiff } from '../../src/compute/diff';
import { EventReader } from '../../src/compute/events';
import { cellTags, directoryOf, untrusted } from '../../src/compute/notebook';
import { alignPlots } from '../../src/compute/plots';
import { ownTags, tagsToText, textToPatch } from '../../src/compute/tags';

describe('curves', () => {
  const series = (run_id: string, steps: number[], values: (number | string)[]) => ({
    run_id,
    key: 'loss',
    steps,
    times: steps.map(step => 1000 * step + 5000),
    values,
    total: steps.length
  });
  it('lie over one axis, with gaps', () =>
    expect(toCurves([series('a', [0, 2], [1, 'NaN']), series('b', [1], [3])], 'step')).toEqual({
      xs: [0, 1, 2],
      ys: [
        [1, null, null],
        [null, 3, null]
      ]
    }));
  it('over time begin at zero', () =>
    expect(toCurves([series('a', [1, 3], [1, 2])], 'time').xs).toEqual([0, 2]));
  it('smooth without a bias to zero', () => {
    expect(smooth([5, 5, null, 5], 0.9).map(v => v && Math.round(v))).toEqual([5, 5, null, 5]);
    expect(smooth([1, 2], 0)).toEqual([1, 2]);
  });
});

it('a unified diff is read with its line numbers', () => {
  const diff =
    '--- a\n+++ b\n@@ -3,2 +3,2 @@ def f\n same\n-old\n+--new\n\\ No newline at end of file\n';
  expect(parseDiff(diff).map(line => [line.kind, line.before, line.after, line.text])).toEqual([
    ['hunk', null, null, 'def f'],
    ['same', 3, 3, 'same'],
    ['removed', 4, null, 'old'],
    ['added', null, 4, '--new']
  ]);
});

it('an event stream is read from any pieces', () => {
  const reader = new EventReader();
  const text = ': hi\n\ndata: {"a":1}\n\ndata: {"a":\ndata: 2}\r\n\r\ndata: x';
  const found = [...text].flatMap(letter => reader.push(letter));
  expect(found).toEqual(['{"a":1}', '{"a":\n2}']);
});

it('a notebook to be shown carries no trust', () => {
  const cell = {
    id: 'a',
    cell_type: 'code',
    source: ['a\n', 'b'],
    metadata: { trusted: true, x: 1 }
  };
  const shown = untrusted({ metadata: { trusted: true }, cells: [cell] });
  expect(shown.cells[0]).toMatchObject({ source: 'a\nb', metadata: { x: 1 } });
  expect(JSON.stringify(shown)).not.toContain('trusted');
  expect(untrusted({}).cells).toEqual([]);
});

it('a folder is what stands before the last slash', () => {
  expect([directoryOf('a/b/c.ipynb'), directoryOf('c.ipynb')]).toEqual(['a/b', '']);
});

it('pictures of one title stand in one row', () => {
  const plot = (title: string) => ({
    digest: title,
    media_type: 'image/png',
    title,
    artifact_path: '',
    execution_id: ''
  });
  const rows = alignPlots([
    [plot('roc'), plot('roc')],
    [plot('matrix'), plot('roc')]
  ]);
  expect(rows.map(row => row.map(one => one?.title))).toEqual([
    ['roc', 'roc'],
    ['roc', undefined],
    [undefined, 'matrix']
  ]);
});

describe('tags', () => {
  const tags = { b: '2', a: '1', 'mlflow.user': 'ada', 'mltrack.starred': 'true' };
  it('of tools are not shown', () => expect(ownTags(tags).map(([key]) => key)).toEqual(['a', 'b']));
  it('survive editing unchanged', () => expect(textToPatch(tags, tagsToText(tags))).toEqual({}));
  it('are set, changed and taken away', () =>
    expect(textToPatch(tags, 'a = 3\nc = x = y\n\n')).toEqual({ a: '3', c: 'x = y', b: null }));
  it('keep their line breaks', () =>
    expect(textToPatch({ a: '1\n2' }, tagsToText({ a: '1\n2' }))).toEqual({}));
});

it.each([
  [
    ['mltrack-ignore', 'slow'],
    ['mltrack-ignore', 'slow']
  ],
  [['a', 1, null], ['a']],
  [[], undefined],
  ['mltrack-ignore', undefined],
  [undefined, undefined]
])('cell tags %j are sent as %j', (given, sent) => expect(cellTags(given)).toEqual(sent));
