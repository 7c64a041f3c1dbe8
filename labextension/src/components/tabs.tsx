import React, { useId } from 'react';
import { useHost } from './host';

export interface ITab {
  id: string;
  label: string;
  count?: number;
}

/** A strip of tabs over one body, with the arrow keys as WAI-ARIA has them. */
export function Tabs(props: {
  tabs: ITab[];
  current: string;
  onChange: (id: string) => void;
  children: React.ReactNode;
}): JSX.Element {
  const { trans } = useHost();
  const { tabs, current, onChange } = props;
  const prefix = useId();
  const onKeyDown = (event: React.KeyboardEvent<HTMLElement>) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const place = tabs.findIndex(tab => tab.id === current);
    const next = step && tabs[(place + step + tabs.length) % tabs.length];
    if (next) {
      onChange(next.id);
      document.getElementById(prefix + next.id)?.focus();
    }
  };
  return (
    <>
      <div
        role="tablist"
        aria-label={trans.__('Sections')}
        className="jp-mltrack-Tabs"
        onKeyDown={onKeyDown}
      >
        {tabs.map(tab => (
          <button
            key={tab.id}
            id={prefix + tab.id}
            role="tab"
            aria-selected={tab.id === current}
            aria-controls={`${prefix}body`}
            tabIndex={tab.id === current ? 0 : -1}
            data-testid={`mltrack-tab-${tab.id}`}
            onClick={() => onChange(tab.id)}
          >
            {tab.label}
            {tab.count ? <span className="jp-mltrack-Badge">{tab.count}</span> : null}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${prefix}body`} aria-labelledby={prefix + current}>
        {props.children}
      </div>
    </>
  );
}
