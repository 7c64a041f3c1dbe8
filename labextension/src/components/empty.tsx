import { copyIcon } from '@jupyterlab/ui-components';
import React from 'react';
import { useHost } from './host';
import { experimentsIcon } from './icons';

export const TWO_LINES = '%load_ext jupyter_mltrack\n%mltrack start';

/** What stands where no runs are: how to begin, or what keeps runs out of sight. */
export function Empty(props: {
  reason: 'none' | 'notebook' | 'filter';
  onCopy: (text: string) => void;
  onShowAll: () => void;
  onClear: () => void;
}): JSX.Element {
  const { trans } = useHost();
  if (props.reason === 'filter') {
    return (
      <div className="jp-mltrack-Empty" data-testid="mltrack-empty">
        <p>{trans.__('No run matches the filter.')}</p>
        <button className="jp-mltrack-LinkButton" onClick={props.onClear}>
          {trans.__('Clear the filter')}
        </button>
      </div>
    );
  }
  return (
    <div className="jp-mltrack-Empty" data-testid="mltrack-empty">
      <experimentsIcon.react tag="span" className="jp-mltrack-Empty-icon" />
      <h3>
        {props.reason === 'notebook'
          ? trans.__('No runs in this notebook yet')
          : trans.__('No runs yet')}
      </h3>
      <p>
        {trans.__(
          'Type these two lines in a cell and go on working as before. Every cell that trains or measures something appears here.'
        )}
      </p>
      <div className="jp-mltrack-Snippet">
        <pre>{TWO_LINES}</pre>
        <button
          className="jp-mltrack-IconButton"
          title={trans.__('Copy')}
          aria-label={trans.__('Copy the two lines')}
          onClick={() => props.onCopy(TWO_LINES)}
        >
          <copyIcon.react tag={null} />
        </button>
      </div>
      {props.reason === 'notebook' && (
        <button className="jp-mltrack-LinkButton" onClick={props.onShowAll}>
          {trans.__('Show the runs of all notebooks')}
        </button>
      )}
    </div>
  );
}
