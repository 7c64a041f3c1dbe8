import { ReactWidget } from '@jupyterlab/apputils';
import React from 'react';
import { HostProvider, type IHost } from '../components/host';
import { experimentsIcon } from '../components/icons';
import { Panel, type IPanelEvents } from '../components/panel';
import type { RunsModel } from '../model/runs';
import type { SelectionModel } from '../model/selection';

/** The side panel's shell. It reads nothing before it is first shown. */
export class ExperimentsPanel extends ReactWidget {
  constructor(
    private readonly runs: RunsModel,
    private readonly selection: SelectionModel,
    private readonly host: IHost,
    private readonly events: IPanelEvents
  ) {
    super();
    const { trans } = host;
    this.id = 'jp-mltrack-panel';
    this.title.icon = experimentsIcon;
    this.title.caption = trans.__('Experiments');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Experiments'));
    this.addClass('jp-mltrack-PanelWidget');
  }

  render(): JSX.Element {
    return (
      <HostProvider value={this.host}>
        <Panel runs={this.runs} selection={this.selection} {...this.events} />
      </HostProvider>
    );
  }

  protected onBeforeShow(): void {
    this.runs.start();
  }

  protected onAfterAttach(message: Parameters<ReactWidget['onAfterAttach']>[0]): void {
    super.onAfterAttach(message);
    if (this.isVisible) {
      this.runs.start();
    }
  }
}
