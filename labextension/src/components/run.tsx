import React, { useEffect, useMemo, useState } from 'react';
import type { IRunDetail } from '../api/types';
import { formatNumber } from '../compute/number';
import { isStarred } from '../compute/tags';
import { formatDuration, formatFull } from '../compute/time';
import type { RunModel } from '../model/run';
import { Artifacts } from './artifacts';
import { Boundary } from './boundary';
import { Raised } from './findings';
import { useChanges, useNow } from './hooks';
import { useHost } from './host';
import { starIcon } from './icons';
import { LineChart } from './lineChart';
import { CurveControls } from './metricCharts';
import { CellsView, NotebookView } from './notebook';
import { Overview } from './overview';
import { Picture } from './picture';
import { Status } from './status';
import { Tabs } from './tabs';

/** What the run's tab wants done outside of it. */
export interface IRunEvents {
  onExport: () => void;
  onRename: () => void;
  onStar: () => void;
  onEditTags: () => void;
  onEditNote: () => void;
  onDownload: (path: string) => void;
}

/** One run: the whole of its tab. */
export function Run(props: IRunEvents & { model: RunModel }): JSX.Element {
  const { trans } = useHost();
  const { model } = props;
  useChanges(model);
  const [section, setSection] = useState('overview');
  const { detail } = model;
  if (!detail) {
    return (
      <p className="jp-mltrack-Waiting" role="status">
        {model.error || trans.__('Loading…')}
      </p>
    );
  }
  const tabs = [
    { id: 'overview', label: trans.__('Overview') },
    { id: 'charts', label: trans.__('Charts') },
    { id: 'plots', label: trans.__('Plots'), count: detail.plots.length },
    { id: 'cells', label: trans.__('Cells'), count: detail.cells.length },
    { id: 'notebook', label: trans.__('Notebook') },
    { id: 'artifacts', label: trans.__('Artifacts'), count: detail.artifacts.length }
  ];
  const sections: Record<string, () => JSX.Element> = {
    overview: () => <Overview detail={detail} {...props} />,
    charts: () => <Charts model={model} detail={detail} />,
    plots: () => <Plots detail={detail} />,
    cells: () => <CellsView cells={detail.cells} />,
    notebook: () => <NotebookView model={model} />,
    artifacts: () => <Artifacts artifacts={detail.artifacts} onDownload={props.onDownload} />
  };
  return (
    <article className="jp-mltrack-Run" data-testid="mltrack-run">
      <Head detail={detail} {...props} />
      <Tabs tabs={tabs} current={section} onChange={setSection}>
        <Boundary key={section}>{sections[section]?.()}</Boundary>
      </Tabs>
    </article>
  );
}

function Head(props: IRunEvents & { detail: IRunDetail }): JSX.Element {
  const { trans, openRun } = useHost();
  const { run } = props.detail;
  const now = useNow(1000);
  const duration = formatDuration((run.end_time ?? now) - run.start_time);
  const starred = isStarred(run.tags);
  return (
    <header className="jp-mltrack-Head">
      <div className="jp-mltrack-Head-title">
        <Status status={run.status} />
        <h1 data-testid="mltrack-run-title">{run.run_name}</h1>
        {starred && <starIcon.react tag="span" className="jp-mltrack-Star" />}
        <span className="jp-mltrack-Spacer" />
        <button className="jp-mltrack-Button" onClick={props.onStar}>
          {starred ? trans.__('Unstar') : trans.__('Star')}
        </button>
        <button className="jp-mltrack-Button" onClick={props.onRename}>
          {trans.__('Rename…')}
        </button>
        <button
          className="jp-mltrack-Button jp-mod-primary"
          data-testid="mltrack-export"
          title={trans.__('Write the notebook as it ran to a new file, and open it')}
          onClick={props.onExport}
        >
          {trans.__('Export notebook')}
        </button>
      </div>
      <p className="jp-mltrack-Head-facts">
        <span>{run.experiment_name}</span>
        <span title={formatFull(run.start_time)}>{formatFull(run.start_time)}</span>
        <span>{duration}</span>
        {run.notebook_path && <span>{run.notebook_path}</span>}
        {run.cell && (
          <span>
            {trans.__('cell')} [{run.cell.execution_count ?? ' '}]
          </span>
        )}
        {run.user_id && <span>{run.user_id}</span>}
        <code title={run.run_id}>{run.run_id.slice(0, 8)}</code>
        {run.parent_run_id && (
          <button className="jp-mltrack-LinkButton" onClick={() => openRun?.(run.parent_run_id)}>
            {trans.__('parent run')}
          </button>
        )}
        {props.detail.children.length > 0 && (
          <span>{trans._n('%1 child run', '%1 child runs', props.detail.children.length)}</span>
        )}
        {run.lifecycle_stage === 'deleted' && <strong>{trans.__('deleted')}</strong>}
      </p>
      <Raised tags={run.tags} />
    </header>
  );
}

function Charts(props: { model: RunModel; detail: IRunDetail }): JSX.Element {
  const { trans } = useHost();
  const { model, detail } = props;
  const [xAxis, setXAxis] = useState<'step' | 'time'>('step');
  const [smoothing, setSmoothing] = useState(0);
  useEffect(() => void model.readSeries(), [model]);
  const { series } = model;
  const curves = useMemo(
    () => (series ?? []).map(one => [{ label: one.key, color: 0, series: one }]),
    [series]
  );
  const single = Object.entries(detail.run.metrics).filter(([, one]) => one.count <= 1);
  if (curves.length + single.length === 0) {
    return <p className="jp-mltrack-Hint">{trans.__('No metrics.')}</p>;
  }
  return (
    <section className="jp-mltrack-Section">
      {curves.length > 0 && (
        <header>
          <span className="jp-mltrack-Spacer" />
          <CurveControls {...{ xAxis, setXAxis, smoothing, setSmoothing }} />
        </header>
      )}
      <div className="jp-mltrack-Charts">
        {curves.map(curve => (
          <figure key={curve[0]!.label} data-testid="mltrack-chart">
            <figcaption>
              {curve[0]!.label}
              <span className="jp-mltrack-Hint">
                {formatNumber(detail.run.metrics[curve[0]!.label]?.last)}
              </span>
            </figcaption>
            <LineChart
              curves={curve}
              xAxis={xAxis}
              smoothing={smoothing}
              label={trans.__('Curve of %1', curve[0]!.label)}
            />
          </figure>
        ))}
        {single.map(([key, one]) => (
          <figure key={key} data-testid="mltrack-chart">
            <figcaption>{key}</figcaption>
            <span className="jp-mltrack-Figure" title={String(one.last)}>
              {formatNumber(one.last)}
            </span>
          </figure>
        ))}
      </div>
    </section>
  );
}

function Plots(props: { detail: IRunDetail }): JSX.Element {
  const { trans } = useHost();
  const { run, plots } = props.detail;
  if (plots.length === 0) {
    return <p className="jp-mltrack-Hint">{trans.__('No plots.')}</p>;
  }
  return (
    <div className="jp-mltrack-Plots jp-mod-wrap">
      {plots.map((plot, index) => (
        <Picture key={`${index} ${plot.digest}`} runId={run.run_id} plot={plot} />
      ))}
    </div>
  );
}
