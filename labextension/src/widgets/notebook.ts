import type { IEditorServices } from '@jupyterlab/codeeditor';
import { NotebookModel, StaticNotebook, type NotebookPanel } from '@jupyterlab/notebook';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { Widget } from '@lumino/widgets';
import { untrusted } from '../compute/notebook';

/** What JupyterLab's own notebook renderer needs. */
export interface INotebookServices {
  rendermime: IRenderMimeRegistry;
  contentFactory: NotebookPanel.IContentFactory;
  editorServices: IEditorServices;
}

/** Render a notebook as JupyterLab does, but read-only, without a kernel and without trust. */
export function renderNotebook(
  services: INotebookServices,
  notebook: Record<string, unknown>
): Widget {
  const model = new NotebookModel();
  model.fromJSON(untrusted(notebook));
  model.readOnly = true;
  const readOnly = { readOnly: true, lineNumbers: false };
  const widget = new StaticNotebook({
    rendermime: services.rendermime.clone({ resolver: undefined }),
    contentFactory: services.contentFactory,
    mimeTypeService: services.editorServices.mimeTypeService,
    editorConfig: { code: readOnly, markdown: readOnly, raw: readOnly },
    notebookConfig: {
      ...StaticNotebook.defaultNotebookConfig,
      windowingMode: 'none',
      scrollPastEnd: false
    }
  });
  widget.addClass('jp-mltrack-StaticNotebook');
  widget.model = model;
  for (const cell of widget.widgets) {
    cell.readOnly = true;
    cell.syncEditable = false;
  }
  widget.disposed.connect(() => model.dispose());
  return widget;
}
