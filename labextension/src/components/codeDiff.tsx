import React, { useMemo, useState } from 'react';
import type { ICodeDifference, IComparison } from '../api/types';
import { parseDiff } from '../compute/diff';
import { labelRuns } from '../compute/names';
import { useHost } from './host';

/** What changed in the code between the first run and another one. */
export function CodeDiff(props: { comparison: IComparison }): JSX.Element | null {
  const { trans } = useHost();
  const { code, runs } = props.comparison;
  const [chosen, setChosen] = useState(0);
  const pair = code[Math.min(chosen, code.length - 1)];
  if (!pair) {
    return null;
  }
  const labels = labelRuns(runs);
  const place = (id: string) => runs.findIndex(run => run.run_id === id);
  const name = (id: string) => labels[place(id)]?.short ?? id;
  const fullName = (id: string) => runs[place(id)]?.run_name ?? id;
  return (
    <section className="jp-mltrack-Section" aria-label={trans.__('Code')}>
      <header>
        <h2>{trans.__('Code')}</h2>
        <span className="jp-mltrack-Spacer" />
        {code.length > 1 ? (
          <div className="jp-mltrack-Select">
            <select
              aria-label={trans.__('Compared runs')}
              value={chosen}
              onChange={event => setChosen(Number(event.target.value))}
            >
              {code.map((one, index) => (
                <option key={index} value={index}>
                  {name(one.base_run_id)} → {name(one.run_id)}
                </option>
              ))}
            </select>
          </div>
        ) : (
          <span
            className="jp-mltrack-Hint"
            title={`${fullName(pair.base_run_id)} → ${fullName(pair.run_id)}`}
          >
            {name(pair.base_run_id)} → {name(pair.run_id)}
          </span>
        )}
      </header>
      <Diff difference={pair} />
    </section>
  );
}

function Diff(props: { difference: ICodeDifference }): JSX.Element {
  const { trans } = useHost();
  const { diff } = props.difference;
  const lines = useMemo(() => parseDiff(diff), [diff]);
  if (lines.length === 0) {
    return <p className="jp-mltrack-Hint">{trans.__('The code is the same.')}</p>;
  }
  const signs = { added: '+', removed: '−', same: '', hunk: '' };
  return (
    <div className="jp-mltrack-TableScroll">
      <table className="jp-mltrack-Diff" data-testid="mltrack-diff">
        <tbody>
          {lines.map((line, index) => (
            <tr key={index} data-kind={line.kind}>
              <td>{line.before}</td>
              <td>{line.after}</td>
              <td aria-label={line.kind}>{signs[line.kind]}</td>
              <td>
                <code>{line.kind === 'hunk' ? `⋯ ${line.text}` : line.text}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
