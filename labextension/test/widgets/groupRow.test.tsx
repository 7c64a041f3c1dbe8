import { nullTranslator } from '@jupyterlab/translation';
import React from 'react';
import { createRoot } from 'react-dom/client';
import { expect, it, vi } from 'vitest';
import { GroupRow } from '../../src/components/cells';
import { HostProvider } from '../../src/components/host';
import { makeCell, makeRun, metrics } from '../make';

const RUNS = [0.5, 0.9].map((value, index) =>
  makeRun(`run ${index}`, { cell: makeCell('loop'), metrics: metrics({ accuracy: value }) })
);

async function draw(collapsed: boolean, onOpen: (id: string) => void): Promise<HTMLElement> {
  const node = document.createElement('div');
  const ignore = () => undefined;
  createRoot(node).render(
    <HostProvider value={{ trans: nullTranslator.load('') }}>
      <GroupRow
        row={{ kind: 'group', id: 'loop', cell: makeCell('loop'), runs: RUNS, collapsed }}
        columns={[{ kind: 'metric', key: 'accuracy' }]}
        partial={false}
        {...{ domId: 'row', index: 0, top: 0, template: '', ticked: false, active: false, now: 2 }}
        {...{ onToggle: ignore, onFold: ignore, onActivate: ignore, onMenu: ignore, onOpen }}
      />
    </HostProvider>
  );
  await vi.waitFor(() => expect(node.querySelector('[role=row]')).not.toBeNull());
  return node;
}

it('tells the best of what is folded away, says of which run and metric, and opens it', async () => {
  const onOpen = vi.fn();
  const best = (await draw(true, onOpen)).querySelector('button')!;
  expect(best.textContent).toBe('0.9');
  expect(best.getAttribute('aria-label')).toBe('Best accuracy: 0.9\nrun 1');
  best.click();
  expect(onOpen).toHaveBeenCalledExactlyOnceWith('run 1');
});

it('tells no best of runs that are all in sight', async () =>
  expect((await draw(false, vi.fn())).querySelector('button')).toBeNull());
