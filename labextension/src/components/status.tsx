import React from 'react';
import { useHost } from './host';

/** A run's state as a coloured mark; its word is the mark's name for those who cannot see it. */
export function Status(props: { status: string }): JSX.Element {
  const { trans } = useHost();
  const words: Record<string, string> = {
    RUNNING: trans.__('running'),
    SCHEDULED: trans.__('scheduled'),
    FINISHED: trans.__('finished'),
    FAILED: trans.__('failed'),
    KILLED: trans.__('stopped before its end')
  };
  const word = words[props.status] ?? props.status;
  return (
    <span
      className="jp-mltrack-Status"
      data-status={props.status}
      role="img"
      aria-label={word}
      title={word}
    />
  );
}
