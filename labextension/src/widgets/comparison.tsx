import { ReactWidget } from '@jupyterlab/apputils';
import React from 'react';
import { Comparison } from '../components/comparison';
import { useChanges } from '../components/hooks';
import { HostProvider, type IHost } from '../components/host';
import type { ComparisonModel } from '../model/comparison';

/** The shell of a comparison's tab. */
export class ComparisonWidget extends ReactWidget {
  constructor(
    readonly model: ComparisonModel,
    private readonly host: IHost,
    private readonly onInsert: (() => void) | undefined
  ) {
    super();
    this.addClass('jp-mltrack-TabWidget');
  }

  render(): JSX.Element {
    return (
      <HostProvider value={this.host}>
        <Live
          model={this.model}
          waiting={this.host.trans.__('Loading…')}
          onInsert={this.onInsert}
        />
      </HostProvider>
    );
  }

  dispose(): void {
    this.model.dispose();
    super.dispose();
  }
}

function Live(props: {
  model: ComparisonModel;
  waiting: string;
  onInsert?: () => void;
}): JSX.Element {
  const { model } = props;
  useChanges(model);
  return model.comparison ? (
    <Comparison comparison={model.comparison} onInsert={props.onInsert} />
  ) : (
    <p className="jp-mltrack-Waiting" role="status">
      {model.error || props.waiting}
    </p>
  );
}
