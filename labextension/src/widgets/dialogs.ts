import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

class TextBody extends Widget implements Dialog.IBodyWidget<string> {
  constructor(text: string, hint: string) {
    const node = document.createElement('div');
    super({ node });
    this.addClass('jp-mltrack-TextBody');
    const label = document.createElement('label');
    label.textContent = hint;
    this.area.value = text;
    this.area.rows = 8;
    this.area.className = 'jp-mltrack-TextArea';
    this.area.setAttribute('data-testid', 'mltrack-text');
    label.appendChild(this.area);
    node.appendChild(label);
    // Enter means a new line here, not the dialog's default button; Ctrl+Enter still accepts.
    this.area.addEventListener('keydown', event => {
      if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey) {
        event.stopPropagation();
      }
    });
  }

  getValue(): string {
    return this.area.value;
  }

  private readonly area = document.createElement('textarea');
}

/** Ask for a text of several lines; null when the dialog was cancelled. */
export async function askText(options: {
  title: string;
  hint: string;
  text: string;
  trans: TranslationBundle;
}): Promise<string | null> {
  const result = await showDialog<string>({
    title: options.title,
    body: new TextBody(options.text, options.hint),
    focusNodeSelector: 'textarea',
    buttons: [
      Dialog.cancelButton({ label: options.trans.__('Cancel') }),
      Dialog.okButton({ label: options.trans.__('Save') })
    ]
  });
  return result.button.accept ? result.value : null;
}
