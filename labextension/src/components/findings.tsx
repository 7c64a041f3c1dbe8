import React from 'react';
import { ERROR, findingsOf, notesOf, switchOff } from '../compute/findings';
import { useHost } from './host';

/** What was raised while the run was under way; nothing when nothing was. */
export function Raised(props: { tags: Record<string, string> }): JSX.Element | null {
  const error = props.tags[ERROR];
  return error ? (
    <pre className="jp-mltrack-Error jp-mltrack-Head-error" data-testid="mltrack-run-error">
      {error}
    </pre>
  ) : null;
}

/** What the checks found of a run and what was not recorded, quietly; nothing when there is nothing. */
export function Findings(props: { tags: Record<string, string> }): JSX.Element | null {
  const { trans } = useHost();
  const findings = findingsOf(props.tags);
  const notes = notesOf(props.tags);
  if (!findings.length && !notes.length) {
    return null;
  }
  return (
    <section className="jp-mltrack-Section" aria-label={trans.__('Checks')}>
      <header>
        <h2>{trans.__('Checks')}</h2>
      </header>
      {findings.map(one => (
        <details key={one.check} className="jp-mltrack-Details" data-testid="mltrack-finding">
          <summary>{one.text}</summary>
          <p className="jp-mltrack-Hint">
            {one.reason} {trans.__('Switch this check off:')} <code>{switchOff(one.check)}</code>
          </p>
        </details>
      ))}
      {notes.length > 0 && (
        <details className="jp-mltrack-Details" data-testid="mltrack-autolog-notes">
          <summary>
            {trans._n(
              '%1 note on what was recorded',
              '%1 notes on what was recorded',
              notes.length
            )}
          </summary>
          {notes.map(note => (
            <p key={note} className="jp-mltrack-Hint">
              {note}
            </p>
          ))}
        </details>
      )}
    </section>
  );
}
