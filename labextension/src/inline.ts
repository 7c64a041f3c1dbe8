import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { Widget } from '@lumino/widgets';
import type { IHost } from './components/host';
import { COMPARISON_MIME } from './model/ids';

/**
 * Draws a comparison that is a cell's output with the components of the comparison's tab.
 *
 * The data is all in the output, so a saved notebook shows it without a kernel or our server; only
 * the pictures are fetched, and left out when they cannot be. The components are loaded when the
 * first such output is drawn.
 */
export class InlineComparison extends Widget implements IRenderMime.IRenderer {
  constructor(private readonly host: IHost) {
    super();
    this.addClass('jp-mltrack-Inline');
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const { mount } = await import('./widgets/inline');
    this.unmount();
    if (!this.isDisposed) {
      this.unmount = mount(this.node, model.data[COMPARISON_MIME], this.host);
    }
  }

  dispose(): void {
    this.unmount();
    super.dispose();
  }

  private unmount: () => void = () => undefined;
}

/** What rendermime needs to know of us. `safe`: our renderer treats the data as hostile. */
export function inlineFactory(makeHost: () => IHost): IRenderMime.IRendererFactory {
  return {
    safe: true,
    mimeTypes: [COMPARISON_MIME],
    createRenderer: () => new InlineComparison(makeHost())
  };
}
