import { nullTranslator } from '@jupyterlab/translation';
import React from 'react';
import { createRoot } from 'react-dom/client';
import { describe, expect, it, vi } from 'vitest';
import { Findings, Raised } from '../../src/components/findings';
import { HostProvider } from '../../src/components/host';

async function draw(tags: Record<string, string>): Promise<HTMLElement> {
  const node = document.createElement('div');
  createRoot(node).render(
    <HostProvider value={{ trans: nullTranslator.load('') }}>
      <p>drawn</p>
      <Raised tags={tags} />
      <Findings tags={tags} />
    </HostProvider>
  );
  await vi.waitFor(() => expect(node.textContent).not.toBe(''));
  return node;
}

describe('Raised', () => {
  it('says what a failed run raised, as text', async () => {
    const node = await draw({ 'mltrack.error': 'ValueError: <b> is not numeric' });
    const error = node.querySelector('[data-testid=mltrack-run-error]');
    expect(error?.textContent).toBe('ValueError: <b> is not numeric');
  });

  it('is nothing for a run that went well', async () => {
    const node = await draw({});
    expect(node.querySelector('pre')).toBeNull();
  });
});

describe('Findings', () => {
  it('shows each in a line that opens, with the way to switch it off', async () => {
    const finding = { check: 'seed', text: 'No <b>seed</b>.', reason: 'It may be chance.' };
    const node = await draw({
      'mltrack.checks': JSON.stringify([finding]),
      'mltrack.autolog.notes': 'No model.'
    });
    expect(node.querySelector('section')?.getAttribute('aria-label')).toBe('Checks');
    const details = node.querySelector<HTMLDetailsElement>('[data-testid=mltrack-finding]');
    expect(details?.open).toBe(false);
    expect(details?.querySelector('summary')?.textContent).toBe('No <b>seed</b>.');
    expect(details?.textContent).toContain('It may be chance.');
    expect(details?.querySelector('code')?.textContent).toBe('%mltrack autolog checks.seed=off');
    expect(node.querySelector('[data-testid=mltrack-autolog-notes]')?.textContent).toContain(
      'No model.'
    );
  });

  it('shows nothing where there is nothing', async () => {
    const node = await draw({ 'mltrack.checks': '[]' });
    expect(node.textContent).toBe('drawn');
  });
});
