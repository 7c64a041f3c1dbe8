import { nullTranslator } from '@jupyterlab/translation';
import React from 'react';
import { createRoot } from 'react-dom/client';
import { expect, it, vi } from 'vitest';
import { HostProvider } from '../../src/components/host';
import { Picture } from '../../src/components/picture';

const PLOT = {
  ...{ artifact_path: 'roc.png', digest: 'd', execution_id: '', media_type: 'image/png' },
  title: 'roc.png'
};

async function draw(drawn: boolean): Promise<HTMLElement> {
  const node = document.createElement('div');
  createRoot(node).render(
    <HostProvider value={{ trans: nullTranslator.load('') }}>
      <Picture runId="r" plot={{ ...PLOT, drawn }} />
    </HostProvider>
  );
  await vi.waitFor(() => expect(node.querySelector('figure')).not.toBeNull());
  return node.querySelector('figure')!;
}

it('what is drawn on demand follows the theme, what was logged stays as it is', async () => {
  expect((await draw(true)).classList).toContain('jp-mod-drawn');
  expect((await draw(false)).classList).not.toContain('jp-mod-drawn');
});

it('says what it waits for', async () => {
  expect((await draw(true)).textContent).toContain('Drawing…');
  expect((await draw(false)).textContent).toContain('Loading…');
});
