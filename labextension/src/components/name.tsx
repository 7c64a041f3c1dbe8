import React from 'react';
import type { ILabel } from '../compute/names';

/** A text in two parts, of which in a narrow place the tail stays longest. */
export function Name(props: { label: Pick<ILabel, 'head' | 'tail'> }): JSX.Element {
  const { head, tail } = props.label;
  return (
    <>
      <span className="jp-mltrack-Name-head">{head}</span>
      {tail && <span className="jp-mltrack-Name-tail">{tail}</span>}
    </>
  );
}
