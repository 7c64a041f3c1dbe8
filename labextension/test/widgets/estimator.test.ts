import { nullTranslator } from '@jupyterlab/translation';
import React from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import type { IEstimatorPart } from '../../src/api/types';
import { Estimator } from '../../src/components/estimator';
import { HostProvider } from '../../src/components/host';

const markup = '<img src=x onerror=alert(1)>';
const root: IEstimatorPart = {
  estimator: 'Pipeline',
  params: [
    { name: 'memory', value: 'None' },
    { name: 'verbose', value: markup, changed: true }
  ],
  parts: [{ estimator: markup, role: 'scale', detail: markup }]
};

function draw(part: IEstimatorPart): HTMLElement {
  const node = document.createElement('div');
  const host = { trans: nullTranslator.load('') };
  const tree = React.createElement(Estimator, { part });
  node.innerHTML = renderToStaticMarkup(
    React.createElement(HostProvider, { value: host, children: tree })
  );
  return node;
}

describe('Estimator', () => {
  it('shows what was changed, and folds the rest', () => {
    const node = draw(root);
    const changed = [...node.querySelectorAll('tr[data-changed=true]')];
    expect(changed.map(row => row.querySelector('th')?.textContent)).toEqual([
      'verbose (differs from its default)'
    ]);
    expect(node.querySelector('details')?.textContent).toContain('memory');
    expect(node.querySelectorAll('ul ul li')).toHaveLength(1);
  });

  it('shows markup as text', () => {
    const node = draw(root);
    expect(node.querySelectorAll('img, script')).toHaveLength(0);
    expect(node.textContent).toContain(markup);
  });
});
