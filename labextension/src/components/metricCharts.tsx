import React, { useMemo, useState } from 'react';
import type { IComparison, IMetricDifference } from '../api/types';
import type { XAxis } from '../compute/curves';
import { labelRuns } from '../compute/names';
import { byInterest } from '../compute/interest';
import { BarChart } from './barChart';
import { useHost } from './host';
import { LineChart, type ICurve } from './lineChart';
import { Segments } from './segments';

const AT_FIRST = 6;

/** A chart a metric: curves where a run has points over time, bars where it has one number. */
export function MetricCharts(props: {
  comparison: IComparison;
  onlyDifferences: boolean;
}): JSX.Element | null {
  const { trans } = useHost();
  const { comparison, onlyDifferences } = props;
  const [all, setAll] = useState(false);
  const [xAxis, setXAxis] = useState<XAxis>('step');
  const [smoothing, setSmoothing] = useState(0);
  const curves = useMemo(() => curvesByMetric(comparison), [comparison]);
  const labels = useMemo(() => labelRuns(comparison.runs), [comparison]);
  // The likeliest metric is drawn even when it is equal: that, too, is what one came to see.
  const wanted = [...comparison.metrics]
    .sort((a, b) => byInterest(a.key, b.key))
    .filter(
      (metric, rank) => !onlyDifferences || metric.differs || curves.has(metric.key) || rank === 0
    );
  if (wanted.length === 0) {
    return null;
  }
  const shown = all ? wanted : wanted.slice(0, AT_FIRST);
  return (
    <section className="jp-mltrack-Section" aria-label={trans.__('Metrics')}>
      <header>
        <h2>{trans.__('Metrics')}</h2>
        <span className="jp-mltrack-Spacer" />
        {curves.size > 0 && <CurveControls {...{ xAxis, setXAxis, smoothing, setSmoothing }} />}
      </header>
      <div className="jp-mltrack-Charts">
        {shown.map(metric => (
          <figure key={metric.key} data-testid="mltrack-chart" data-metric={metric.key}>
            <figcaption>
              {metric.key} <Direction metric={metric} />
            </figcaption>
            {curves.has(metric.key) ? (
              <LineChart
                curves={curves.get(metric.key)!}
                xAxis={xAxis}
                smoothing={smoothing}
                label={trans.__('Curves of %1', metric.key)}
              />
            ) : (
              <BarChart
                label={metric.key}
                bars={labels.map((label, index) => ({
                  label: label.short,
                  title: comparison.runs[index]!.run_name,
                  color: index,
                  value: metric.values[index] ?? null,
                  best: metric.best === index
                }))}
              />
            )}
          </figure>
        ))}
      </div>
      {wanted.length > shown.length && (
        <button className="jp-mltrack-LinkButton" onClick={() => setAll(true)}>
          {trans.__('Show all %1 metrics', wanted.length)}
        </button>
      )}
    </section>
  );
}

/** How curves are drawn: over what, and how smooth. */
export function CurveControls(props: {
  xAxis: XAxis;
  setXAxis: (axis: XAxis) => void;
  smoothing: number;
  setSmoothing: (weight: number) => void;
}): JSX.Element {
  const { trans } = useHost();
  return (
    <>
      <label className="jp-mltrack-Slider">
        {trans.__('Smoothing')}
        <input
          type="range"
          min={0}
          max={0.98}
          step={0.02}
          value={props.smoothing}
          onChange={event => props.setSmoothing(Number(event.target.value))}
        />
      </label>
      <Segments
        label={trans.__('Over')}
        choices={[
          { id: 'step', label: trans.__('Step') },
          { id: 'time', label: trans.__('Time') }
        ]}
        current={props.xAxis}
        onChange={props.setXAxis}
      />
    </>
  );
}

/** Which way is better, when the metric's name tells. */
export function Direction(props: { metric: IMetricDifference }): JSX.Element | null {
  const { trans } = useHost();
  const greater = props.metric.greater_is_better;
  if (greater === null) {
    return null;
  }
  const words = greater ? trans.__('greater is better') : trans.__('smaller is better');
  return (
    <span className="jp-mltrack-Direction" role="img" aria-label={words} title={words}>
      {greater ? '↑' : '↓'}
    </span>
  );
}

function curvesByMetric(comparison: IComparison): Map<string, ICurve[]> {
  const place = new Map(comparison.runs.map((run, index) => [run.run_id, index]));
  const labels = labelRuns(comparison.runs);
  const curves = new Map<string, ICurve[]>();
  for (const series of comparison.series) {
    const index = place.get(series.run_id);
    if (index !== undefined) {
      const label = labels[index]?.short ?? '';
      const curve = { label, color: index, series };
      curves.set(series.key, [...(curves.get(series.key) ?? []), curve]);
    }
  }
  for (const [key, list] of curves) {
    if (list.every(curve => curve.series.total < 2)) {
      curves.delete(key);
    }
  }
  return curves;
}
