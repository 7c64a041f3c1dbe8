import React, { useMemo, useState } from 'react';
import type { IComparison } from '../api/types';
import { labelRuns } from '../compute/names';
import { alignPlots } from '../compute/plots';
import { Boundary } from './boundary';
import { CodeDiff } from './codeDiff';
import { Differences, RunName } from './differences';
import { useHost } from './host';
import { MetricCharts } from './metricCharts';
import { Picture } from './picture';

/** Two or more runs side by side: the whole of the tab, and of the inline output. */
export function Comparison(props: { comparison: IComparison; onInsert?: () => void }): JSX.Element {
  const { trans } = useHost();
  const { comparison } = props;
  const [onlyDifferences, setOnlyDifferences] = useState(true);
  const labels = useMemo(() => labelRuns(comparison.runs), [comparison]);
  return (
    <article className="jp-mltrack-Comparison" data-testid="mltrack-comparison">
      <header className="jp-mltrack-Comparison-head">
        <div className="jp-mltrack-Legend" role="group" aria-label={trans.__('Compared runs')}>
          {comparison.runs.map((run, index) => (
            <RunName key={run.run_id} run={run} index={index} label={labels[index]!} />
          ))}
        </div>
        {props.onInsert && (
          <button
            className="jp-mltrack-Button"
            data-testid="mltrack-insert"
            title={trans.__('Show this comparison in a new cell of the notebook')}
            onClick={props.onInsert}
          >
            {trans.__('Insert into notebook')}
          </button>
        )}
      </header>
      {comparison.summary && (
        <p className="jp-mltrack-Summary" data-testid="mltrack-summary">
          {comparison.summary}
        </p>
      )}
      <Boundary>
        <MetricCharts comparison={comparison} onlyDifferences={onlyDifferences} />
      </Boundary>
      <Differences
        comparison={comparison}
        onlyDifferences={onlyDifferences}
        onOnlyDifferences={setOnlyDifferences}
      />
      <Boundary>
        <Plots comparison={comparison} />
      </Boundary>
      <Boundary>
        <CodeDiff comparison={comparison} />
      </Boundary>
    </article>
  );
}

function Plots(props: { comparison: IComparison }): JSX.Element | null {
  const { trans, loadPlot } = useHost();
  const { runs, plots } = props.comparison;
  const [absent, setAbsent] = useState(0);
  const rows = useMemo(() => alignPlots(plots.slice(0, runs.length)), [plots, runs.length]);
  const labels = labelRuns(runs);
  const count = plots.reduce((sum, column) => sum + column.length, 0);
  if (!loadPlot || count === 0 || absent >= count) {
    return null;
  }
  return (
    <section className="jp-mltrack-Section" aria-label={trans.__('Plots')}>
      <header>
        <h2>{trans.__('Plots')}</h2>
      </header>
      <div className="jp-mltrack-TableScroll">
        <div
          className="jp-mltrack-Plots"
          style={{ gridTemplateColumns: `repeat(${runs.length}, minmax(220px, 1fr))` }}
        >
          {runs.map((run, index) => (
            <RunName key={run.run_id} run={run} index={index} label={labels[index]!.short} />
          ))}
          {rows.flatMap((row, r) =>
            runs.map((run, index) => {
              const plot = row[index];
              return plot ? (
                <Picture
                  key={`${r} ${index}`}
                  runId={run.run_id}
                  plot={plot}
                  onAbsent={() => setAbsent(n => n + 1)}
                />
              ) : (
                <span key={`${r} ${index}`} className="jp-mltrack-Picture-none">
                  –
                </span>
              );
            })
          )}
        </div>
      </div>
    </section>
  );
}
