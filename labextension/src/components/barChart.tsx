import React from 'react';
import { formatNumber, toFloat, type WireNumber } from '../compute/number';
import { splitPair } from '../compute/names';
import { Name } from './name';
import { seriesColor } from './palette';

/** One number of one run. */
export interface IBar {
  label: string;
  title: string;
  color: number;
  value: WireNumber | null;
  best: boolean;
}

/** A bar a run, all from the same zero, each with its number beside it. */
export function BarChart(props: { bars: IBar[]; label: string }): JSX.Element {
  const numbers = props.bars.map(bar => toFloat(bar.value)).filter(Number.isFinite);
  const low = Math.min(0, ...numbers);
  const span = Math.max(0, ...numbers) - low || 1;
  const share = (value: number) => `${((value / span) * 100).toFixed(2)}%`;
  return (
    <ul className="jp-mltrack-BarChart" aria-label={props.label}>
      {props.bars.map((bar, index) => {
        const number = toFloat(bar.value);
        return (
          <li key={index} className={bar.best ? 'jp-mod-best' : undefined}>
            <span className="jp-mltrack-Bar-label" title={bar.title}>
              <Name label={splitPair(bar.label)} />
            </span>
            <span className="jp-mltrack-Bar-track">
              {Number.isFinite(number) && (
                <span
                  className="jp-mltrack-Bar"
                  style={{
                    left: share(Math.min(number, 0) - low),
                    width: share(Math.abs(number)),
                    background: seriesColor(bar.color)
                  }}
                />
              )}
            </span>
            <span className="jp-mltrack-Bar-value">
              {bar.value === null ? '–' : formatNumber(bar.value)}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
