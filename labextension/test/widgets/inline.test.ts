import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it, vi } from 'vitest';
import { findProblem, mount } from '../../src/widgets/inline';
import { makeComparison } from '../make';

describe('findProblem', () => {
  it('takes what the server makes', () => expect(findProblem(makeComparison())).toBeNull());
  it.each([
    ['nothing', null],
    ['a string', 'x'],
    ['a list', []],
    ['no runs', { ...makeComparison(), runs: undefined }],
    ['runs that are numbers', { ...makeComparison(), runs: [1] }],
    ['a summary that is an object', { ...makeComparison(), summary: { toString: 1 } }],
    ['uneven columns', { ...makeComparison(), params: [{ key: 'C', values: [], differs: true }] }],
    ['inherited fields', Object.create(makeComparison())]
  ])('refuses %s', (_, data) => expect(findProblem(data)).toEqual(expect.any(String)));
});

describe('mount', () => {
  const host = { trans: nullTranslator.load('') };
  const draw = async (data: unknown) => {
    const node = document.createElement('div');
    mount(node, data, host);
    await vi.waitFor(() => expect(node.textContent).not.toBe(''));
    return node;
  };

  it('draws table, bars and code', async () => {
    const node = await draw(makeComparison());
    expect(node.querySelector('[data-testid=mltrack-summary]')?.textContent).toBe('b is better.');
    const rows = [
      ...node.querySelectorAll('[data-testid=mltrack-differences] tbody tr[data-kind]')
    ];
    expect(rows.map(row => row.textContent)).toEqual(['C12', 'accuracy ↑0.80.9']);
    expect(node.querySelector('td.jp-mod-best')?.textContent).toBe('0.9');
    expect(node.querySelector('[data-testid=mltrack-diff]')?.textContent).toContain('C=2');
  });

  it('shows markup as text', async () => {
    const data = makeComparison();
    const markup = '<img src=x onerror=alert(1)>';
    data.summary = markup;
    data.runs[0]!.run_name = markup;
    data.params[0]!.values = [markup, 'javascript:alert(1)'];
    const node = await draw(data);
    expect(node.querySelectorAll('img, script, a')).toHaveLength(0);
    expect(node.textContent).toContain(markup);
  });

  it('says so when the data is something else', async () => {
    expect((await draw({ runs: 1 })).textContent).toContain('cannot be shown');
  });
});
