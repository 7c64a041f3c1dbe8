import { closeIcon, filterIcon } from '@jupyterlab/ui-components';
import React, { useEffect, useId, useState } from 'react';
import { completions, errorPosition } from '../compute/filter';
import { useHost } from './host';

const TYPING_PAUSE = 300;

/** The filter, applied as one pauses; what the server finds wrong with it stands below. */
export function FilterBox(props: {
  value: string;
  error: string;
  identifiers: string[];
  onChange: (text: string) => void;
}): JSX.Element {
  const { trans } = useHost();
  const { value, onChange } = props;
  const [text, setText] = useState(value);
  const [applied, setApplied] = useState(value);
  const listId = useId();
  const errorId = useId();
  if (applied !== value) {
    // Someone else set the filter: what was typed gives way.
    setApplied(value);
    setText(value);
  }
  useEffect(() => {
    if (text !== value) {
      const timer = window.setTimeout(() => onChange(text), TYPING_PAUSE);
      return () => window.clearTimeout(timer);
    }
  }, [text, value, onChange]);
  return (
    <div className="jp-mltrack-Filter">
      <div className="jp-mltrack-Filter-box">
        <filterIcon.react tag="span" className="jp-mltrack-Filter-icon" />
        <input
          type="text"
          spellCheck={false}
          autoComplete="off"
          data-testid="mltrack-filter"
          aria-label={trans.__('Filter runs')}
          aria-invalid={props.error !== ''}
          aria-describedby={props.error ? errorId : undefined}
          placeholder={trans.__("Name, or metrics.accuracy > 0.9 and params.C = '1'")}
          title={trans.__(
            'Words look for a run by name. Or compare metrics, params, tags and attributes: ' +
              "metrics.accuracy > 0.9 and params.C = '1'"
          )}
          list={listId}
          value={text}
          onChange={event => setText(event.target.value)}
          onKeyDown={event => {
            if (event.key === 'Enter') {
              onChange(text);
            } else if (event.key === 'Escape') {
              setText('');
              onChange('');
            }
          }}
        />
        <datalist id={listId}>
          {completions(text, props.identifiers).map(one => (
            <option key={one} value={one} />
          ))}
        </datalist>
        {text && (
          <button
            className="jp-mltrack-IconButton"
            aria-label={trans.__('Clear the filter')}
            title={trans.__('Clear the filter')}
            onClick={() => (setText(''), onChange(''))}
          >
            <closeIcon.react tag={null} />
          </button>
        )}
      </div>
      {props.error && <FilterError id={errorId} text={value} message={props.error} />}
    </div>
  );
}

function FilterError(props: { id: string; text: string; message: string }): JSX.Element {
  const position = errorPosition(props.message, props.text.length);
  return (
    <div id={props.id} className="jp-mltrack-Error" role="alert" data-testid="mltrack-filter-error">
      {position !== null && (
        <code>
          {props.text.slice(0, position)}
          <mark>{props.text.slice(position, position + 1) || ' '}</mark>
          {props.text.slice(position + 1)}
        </code>
      )}
      <span>{props.message}</span>
    </div>
  );
}
