import React from 'react';

export interface ISegment<T extends string> {
  id: T;
  label: string;
  disabled?: boolean;
  testId?: string;
}

/** One choice of a few, side by side: one stop of the Tab key, the arrows choose. */
export function Segments<T extends string>(props: {
  label: string;
  choices: ISegment<T>[];
  current: T;
  onChange: (id: T) => void;
}): JSX.Element {
  const { choices, current, onChange } = props;
  const onKeyDown = (event: React.KeyboardEvent<HTMLElement>) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const enabled = choices.filter(one => !one.disabled);
    const place = enabled.findIndex(one => one.id === current);
    const next = step && enabled[(place + step + enabled.length) % enabled.length];
    if (next) {
      event.preventDefault();
      onChange(next.id);
      const index = choices.indexOf(next);
      (event.currentTarget.children[index] as HTMLElement | undefined)?.focus();
    }
  };
  return (
    <div
      className="jp-mltrack-Segments"
      role="radiogroup"
      aria-label={props.label}
      onKeyDown={onKeyDown}
    >
      {choices.map(one => (
        <button
          key={one.id}
          role="radio"
          aria-checked={one.id === current}
          tabIndex={one.id === current ? 0 : -1}
          disabled={one.disabled}
          data-testid={one.testId}
          onClick={() => onChange(one.id)}
        >
          {one.label}
        </button>
      ))}
    </div>
  );
}
