import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useStore } from '../api/store';
import { language } from '../i18n/language';
import { colourOf, theme } from './theme';

export interface Series {
  label: string;
  values: readonly (number | null)[];
  /** A custom property: `--series-1`. */
  colour: string;
  isDashed?: boolean;
  /** Filled down to zero. */
  isFilled?: boolean;
}

interface Props {
  /** What it shows, for those who do not see it. */
  label: string;
  /** One for each value, along the bottom: dates or hours as they are shown. */
  points: readonly string[];
  series: readonly Series[];
  height?: number;
  /** How a value is written at the axis and in the legend. */
  show(value: number | null): string;
}

/** Curves over time. The same figures stand in a table for those who do not see the canvas. */
export function LineChart({ label, points, series, height = 240, show }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(null);
  const present = useStore(theme);
  const lang = useStore(language);
  const shape = JSON.stringify([points, series.map(({ values, ...one }) => one)]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: theme and language are read within, and new values alone redraw nothing else
  useEffect(() => {
    const element = frame.current;
    if (!element) {
      return;
    }
    const drawn = new uPlot(
      optionsOf({ points, series, height, show }, element.clientWidth),
      dataOf(points, series),
      element,
    );
    chart.current = drawn;
    const watcher = new ResizeObserver(() => drawn.setSize({ width: element.clientWidth, height }));
    watcher.observe(element);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const redraw = () => drawn.redraw(false, true);
    dark.addEventListener('change', redraw);
    return () => {
      dark.removeEventListener('change', redraw);
      watcher.disconnect();
      drawn.destroy();
      chart.current = null;
    };
  }, [shape, height, show, present, lang]);
  useEffect(() => chart.current?.setData(dataOf(points, series)), [points, series]);
  return (
    <figure>
      <div ref={frame} className="chart" role="img" aria-label={label} />
      <SameInWords label={label} points={points} series={series} show={show} />
    </figure>
  );
}

function dataOf(points: readonly string[], series: readonly Series[]): uPlot.AlignedData {
  return [points.map((_, index) => index), ...series.map(({ values }) => [...values])];
}

function SameInWords({ label, points, series, show }: Omit<Props, 'height'>) {
  return (
    // Around the table: it would not get narrower than its cells, and the page scroll sideways.
    <div className="visually-hidden">
      <table>
        <caption>{label}</caption>
        <thead>
          <tr>
            <td />
            {series.map((one) => (
              <th key={one.label} scope="col">
                {one.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {points.map((point, index) => (
            <tr key={point}>
              <th scope="row">{point}</th>
              {series.map((one) => (
                <td key={one.label}>{show(one.values[index] ?? null)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function optionsOf(
  { points, series, height = 240, show }: Omit<Props, 'label'>,
  width: number,
): uPlot.Options {
  const axis = {
    stroke: () => colourOf('--quiet'),
    grid: { stroke: () => colourOf('--line'), width: 1 },
    ticks: { stroke: () => colourOf('--line'), width: 1 },
    font: `12px ${getComputedStyle(document.body).fontFamily}`,
  };
  return {
    width,
    height,
    // Points along the bottom are texts, each at its index.
    scales: { x: { time: false }, y: { range: (_, __, most) => [0, Math.max(most * 1.1, 1)] } },
    cursor: { drag: { setScale: false } },
    legend: { live: true },
    series: [
      // An empty label would be called "Value".
      { label: ' ', value: (_, index) => (index === null ? '' : (points[index] ?? '')) },
      ...series.map(
        (one): uPlot.Series => ({
          label: one.label,
          stroke: () => colourOf(one.colour),
          width: 2,
          dash: one.isDashed ? [6, 5] : [],
          fill: one.isFilled
            ? () => colourOf(one.colour).replace(/^rgb\((.*)\)$/, 'rgba($1, 0.12)')
            : undefined,
          points: { show: points.length <= 31 },
          // Nothing is pointed at without an index.
          value: (_, value, __, index) => (index === null ? '' : show(value)),
        }),
      ),
    ],
    axes: [
      {
        ...axis,
        values: (_, splits) => splits.map((at) => (Number.isInteger(at) ? (points[at] ?? '') : '')),
        space: 70,
      },
      { ...axis, values: (_, splits) => splits.map(show), size: 64 },
    ],
  };
}
