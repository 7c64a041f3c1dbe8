import React, { useEffect, useMemo, useRef } from 'react';
import uPlot from 'uplot';
import type { ISeries } from '../api/types';
import { smooth, toCurves, type XAxis } from '../compute/curves';
import { formatNumber } from '../compute/number';
import { useTheme, useWidth } from './hooks';
import { COLORS, resolveColor, seriesColor } from './palette';

/** One curve with its name and the number of its colour. */
export interface ICurve {
  label: string;
  color: number;
  series: ISeries;
}

const HEIGHT = 200;

/** Curves of one metric over steps or time; the legend below follows the pointer. */
export function LineChart(props: {
  curves: ICurve[];
  xAxis: XAxis;
  smoothing: number;
  label: string;
}): JSX.Element {
  const { curves, xAxis, smoothing } = props;
  const root = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const width = useWidth(root);
  const theme = useTheme();
  const data = useMemo(() => {
    const { xs, ys } = toCurves(
      curves.map(one => one.series),
      xAxis
    );
    return [xs, ...ys.map(column => smooth(column, smoothing))] as uPlot.AlignedData;
  }, [curves, xAxis, smoothing]);
  const names = curves.map(one => `${one.color} ${one.label}`).join('\n');
  useEffect(() => {
    const element = root.current;
    if (!element || width === 0) {
      return;
    }
    chart.current = new uPlot(chartOptions(element, curves, xAxis, width), data, element);
    return () => {
      chart.current?.destroy();
      chart.current = null;
    };
    // New points are put into the chart that is there (below): zoom and legend stay.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [names, xAxis, width > 0, theme]);
  useEffect(() => chart.current?.setData(data), [data]);
  useEffect(() => {
    if (width > 0) {
      chart.current?.setSize({ width, height: HEIGHT });
    }
  }, [width]);
  return <div ref={root} className="jp-mltrack-LineChart" role="img" aria-label={props.label} />;
}

/** What uPlot is told; colours are read where the chart will stand, so that themes apply. */
export function chartOptions(
  element: Element,
  curves: ICurve[],
  xAxis: XAxis,
  width: number
): uPlot.Options {
  const ink = resolveColor(element, 'var(--jp-ui-font-color2)');
  const grid = { stroke: resolveColor(element, 'var(--jp-border-color3)'), width: 1 };
  const font = '11px ' + getComputedStyle(element).fontFamily;
  const axis = { stroke: ink, grid, ticks: grid, font };
  const value = (_: uPlot, raw: number | null) => (raw === null ? '–' : formatNumber(raw));
  return {
    width,
    height: HEIGHT,
    padding: [8, 12, 0, 0],
    scales: { x: { time: false } },
    cursor: { points: { size: 6 }, drag: { x: true, y: false } },
    axes: [
      { ...axis, size: 28, values: (_, ticks) => ticks.map(tick => formatNumber(tick)) },
      { ...axis, size: 52, values: (_, ticks) => ticks.map(tick => formatNumber(tick)) }
    ],
    series: [
      { label: xAxis === 'step' ? 'step' : 's', value },
      ...curves.map(curve => ({
        label: curve.label,
        stroke: resolveColor(element, seriesColor(curve.color)),
        width: 1.5,
        dash: curve.color >= COLORS ? [6, 4] : undefined,
        // The union of several x axes leaves gaps where a curve has no point of its own.
        spanGaps: true,
        points: { show: curve.series.steps.length < 2 },
        value
      }))
    ]
  };
}
