import { caretDownIcon, caretRightIcon } from '@jupyterlab/ui-components';
import React, { useState } from 'react';
import type { IComparison, IParamDifference, IRun } from '../api/types';
import { labelRuns, spaced, type ILabel } from '../compute/names';
import { formatNumber } from '../compute/number';
import { splitParams } from '../compute/params';
import { useHost } from './host';
import { Direction } from './metricCharts';
import { Name } from './name';
import { seriesColor } from './palette';
import { Status } from './status';

/** What the runs were given and what came out, a column a run. */
export function Differences(props: {
  comparison: IComparison;
  onlyDifferences: boolean;
  onOnlyDifferences: (only: boolean) => void;
}): JSX.Element {
  const { trans } = useHost();
  const { comparison, onlyDifferences } = props;
  const params = comparison.params.filter(one => one.differs || !onlyDifferences);
  const { plain, objects } = splitParams(params);
  const [unfolded, setUnfolded] = useState(false);
  const metrics = comparison.metrics.filter(one => one.differs || !onlyDifferences);
  const hidden =
    comparison.params.length + comparison.metrics.length - params.length - metrics.length;
  const span = comparison.runs.length + 1;
  const labels = labelRuns(comparison.runs);
  return (
    <section className="jp-mltrack-Section" aria-label={trans.__('Differences')}>
      <header>
        <h2>{trans.__('Params and metrics')}</h2>
        <span className="jp-mltrack-Spacer" />
        {onlyDifferences && hidden > 0 && (
          <span className="jp-mltrack-Hint">
            {trans._n('%1 equal row hidden', '%1 equal rows hidden', hidden)}
          </span>
        )}
        <label className="jp-mltrack-Check">
          <input
            type="checkbox"
            data-testid="mltrack-only-differences"
            checked={onlyDifferences}
            onChange={event => props.onOnlyDifferences(event.target.checked)}
          />
          {trans.__('Only differences')}
        </label>
      </header>
      <div className="jp-mltrack-TableScroll">
        <table className="jp-mltrack-Table" data-testid="mltrack-differences">
          <thead>
            <tr>
              <td />
              {comparison.runs.map((run, index) => (
                <th key={run.run_id} scope="col">
                  <RunName run={run} index={index} label={labels[index]!.short} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {params.length > 0 && <Caption span={span} text={trans.__('Params')} />}
            {plain.map(param => (
              <ParamRow key={param.key} param={param} />
            ))}
            {objects.length > 0 && (
              <Fold
                span={span}
                text={trans._n('%1 written-out object', '%1 written-out objects', objects.length)}
                open={unfolded}
                onToggle={() => setUnfolded(!unfolded)}
              />
            )}
            {unfolded && objects.map(param => <ParamRow key={param.key} param={param} />)}
          </tbody>
          <tbody>
            {metrics.length > 0 && <Caption span={span} text={trans.__('Metrics')} />}
            {metrics.map(metric => (
              <tr key={metric.key} data-kind="metric" data-differs={metric.differs}>
                <th scope="row">
                  {metric.key} <Direction metric={metric} />
                </th>
                {metric.values.map((value, index) => (
                  <td
                    key={index}
                    title={value === null ? undefined : String(value)}
                    className={metric.best === index ? 'jp-mod-best' : undefined}
                  >
                    {value === null ? <None /> : formatNumber(value)}
                  </td>
                ))}
              </tr>
            ))}
            {params.length + metrics.length === 0 && (
              <tr>
                <td colSpan={span} className="jp-mltrack-Table-remark">
                  {trans.__('All params and metrics are equal.')}
                </td>
              </tr>
            )}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** A run's name with its colour; it opens the run where that is possible. */
export function RunName(props: { run: IRun; index: number; label: ILabel | string }): JSX.Element {
  const { trans, openRun } = useHost();
  const { run, index, label } = props;
  const name = (
    <>
      <span className="jp-mltrack-Swatch" style={{ background: seriesColor(index) }} />
      <span className="jp-mltrack-RunName">
        {typeof label === 'string' ? label : <Name label={spaced(label)} />}
      </span>
      {run.status !== 'FINISHED' && <Status status={run.status} />}
    </>
  );
  return openRun ? (
    <button
      className="jp-mltrack-NameButton"
      title={trans.__('Open %1', run.run_name)}
      onClick={() => openRun(run.run_id)}
    >
      {name}
    </button>
  ) : (
    <span className="jp-mltrack-NameButton" title={run.run_name}>
      {name}
    </span>
  );
}

function ParamRow(props: { param: IParamDifference }): JSX.Element {
  const { param } = props;
  return (
    <tr data-kind="param" data-differs={param.differs}>
      <th scope="row">{param.key}</th>
      {param.values.map((value, index) => (
        <td key={index} title={value ?? undefined}>
          {value ?? <None />}
        </td>
      ))}
    </tr>
  );
}

function Fold(props: {
  span: number;
  text: string;
  open: boolean;
  onToggle: () => void;
}): JSX.Element {
  const Icon = props.open ? caretDownIcon : caretRightIcon;
  return (
    <tr>
      <td colSpan={props.span} className="jp-mltrack-Table-remark">
        <button
          className="jp-mltrack-FoldButton"
          data-testid="mltrack-objects"
          aria-expanded={props.open}
          onClick={props.onToggle}
        >
          <Icon.react tag={null} />
          {props.text}
        </button>
      </td>
    </tr>
  );
}

function Caption(props: { span: number; text: string }): JSX.Element {
  return (
    <tr className="jp-mltrack-Table-caption">
      <th colSpan={props.span} scope="rowgroup">
        {props.text}
      </th>
    </tr>
  );
}

function None(): JSX.Element {
  return <span className="jp-mltrack-None">–</span>;
}
