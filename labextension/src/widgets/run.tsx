import { ReactWidget } from '@jupyterlab/apputils';
import React from 'react';
import { HostProvider, type IHost } from '../components/host';
import { Run, type IRunEvents } from '../components/run';
import type { RunModel } from '../model/run';

/** The shell of a run's tab. */
export class RunWidget extends ReactWidget {
  constructor(
    readonly model: RunModel,
    private readonly host: IHost,
    private readonly events: IRunEvents
  ) {
    super();
    this.addClass('jp-mltrack-TabWidget');
  }

  render(): JSX.Element {
    return (
      <HostProvider value={this.host}>
        <Run model={this.model} {...this.events} />
      </HostProvider>
    );
  }

  dispose(): void {
    this.model.dispose();
    super.dispose();
  }
}
