import { ReactWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';
import { useChanges } from '../components/hooks';
import { trackingIcon } from '../components/icons';
import type { TrackingModel, TrackingState } from '../model/tracking';

/** A toolbar button that shows whether the notebook is tracked, and changes it. */
export class TrackingSwitch extends ReactWidget {
  constructor(
    private readonly model: TrackingModel,
    private readonly trans: TranslationBundle,
    private readonly onToggle: () => void
  ) {
    super();
    this.addClass('jp-mltrack-TrackingWidget');
  }

  render(): JSX.Element {
    return <Switch model={this.model} trans={this.trans} onToggle={this.onToggle} />;
  }
}

function Switch(props: {
  model: TrackingModel;
  trans: TranslationBundle;
  onToggle: () => void;
}): JSX.Element {
  const { model, trans } = props;
  useChanges(model);
  const words: Record<TrackingState, string> = {
    on: trans.__('Tracking is on: every cell that trains or measures is kept. Click to stop.'),
    off: trans.__('Tracking is off. Click to track this notebook.'),
    busy: trans.__('Switching tracking…'),
    unavailable: trans.__('Tracking needs a running Python kernel.')
  };
  return (
    <button
      className="jp-mltrack-Tracking"
      role="switch"
      data-testid="mltrack-tracking"
      data-state={model.state}
      aria-checked={model.state === 'on'}
      aria-label={trans.__('Track this notebook')}
      title={words[model.state]}
      disabled={model.state === 'unavailable' || model.state === 'busy'}
      onClick={props.onToggle}
    >
      <trackingIcon.react tag={null} />
      <span>{trans.__('Track')}</span>
    </button>
  );
}
