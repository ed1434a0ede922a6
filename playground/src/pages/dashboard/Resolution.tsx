import { useMemo } from 'react';
import { useFormat } from '../../i18n/format';
import { Answered } from '../../ui/Answered';
import { Card } from '../../ui/Card';
import { Meter } from '../../ui/Meter';
import { Empty } from '../../ui/states';
import type { View } from './address';
import { figureOf, RESOLUTION, useFigures } from './asked';
import { Chart } from './Chart';
import type { Compared } from './change';
import { type Curves, curveOf } from './curve';
import { Difference } from './Difference';
import { Figure } from './Figure';
import { useFigureNames } from './names';
import { useDashboardWords } from './words';

const SHOWN = ['ai_resolved', 'transferred', 'answered', 'abandoned'] as const;
const COLOURS = {
  ai_resolved: '--series-1',
  transferred: '--series-2',
  answered: '--series-4',
  abandoned: '--series-3',
} as const;

type Totals = readonly { metric: { id: string }; total: Compared }[];

/** What the AI settled alone, and what went to people. */
export function Resolution({ view }: { view: View }) {
  const say = useDashboardWords();
  const { answer, source } = useFigures(view);
  return (
    <Card title={say('resolution')} source={source} className="resolution">
      <Answered answer={answer} height={420}>
        {({ figures: { series }, curves }) =>
          series.every(({ total }) => !total.value) ? (
            <Empty title={say('noSessions')}>{say('noSessionsHint')}</Empty>
          ) : (
            <>
              <Rate
                figure={figureOf(series, 'auto_resolve_rate')}
                isToday={view.period === 'today'}
              />
              <Counts series={series} />
              <Course view={view} curves={curves} />
            </>
          )
        }
      </Answered>
    </Card>
  );
}

function Rate({ figure, isToday }: { figure: Compared; isToday: boolean }) {
  const say = useDashboardWords();
  const format = useFormat();
  const rate = format.percent(figure.value);
  return (
    <>
      <p className="summary">
        <strong data-testid="auto-resolve">
          <Figure metric="auto_resolve_rate" value={figure.value} />
        </strong>
        <span className="note">
          <Difference metric="auto_resolve_rate" figure={figure} isToday={isToday} />
        </span>
      </p>
      <Meter label={say('autoResolveMeter', { rate })} percent={figure.value ?? 0} />
    </>
  );
}

function Counts({ series }: { series: Totals }) {
  const say = useDashboardWords();
  const name = useFigureNames();
  const most = Math.max(...SHOWN.map((metric) => figureOf(series, metric).value ?? 0), 1);
  return (
    <ul className="bars" aria-label={say('ofSessions')}>
      {SHOWN.map((metric) => {
        const { value } = figureOf(series, metric);
        return (
          <li key={metric}>
            <span>{name(metric)}</span>
            <span className="bar" aria-hidden="true">
              <i
                style={{
                  width: `${((value ?? 0) / most) * 100}%`,
                  background: `var(${COLOURS[metric]})`,
                }}
              />
            </span>
            <span className="number">
              <Figure metric={metric} value={value} />
            </span>
          </li>
        );
      })}
    </ul>
  );
}

function Course({ view, curves }: { view: View; curves: Curves }) {
  const say = useDashboardWords();
  const name = useFigureNames();
  const format = useFormat();
  const isByHour = view.period === 'today';
  const names = RESOLUTION.map((metric) => name(metric)).join('\n');
  const { points, series } = useMemo(() => {
    const labels = names.split('\n');
    const all = RESOLUTION.map((metric) => curveOf(curves, metric, isByHour, format));
    return {
      points: all[0]?.points ?? [],
      series: RESOLUTION.map((metric, index) => ({
        label: labels[index] ?? '',
        values: all[index]?.values ?? [],
        colour: COLOURS[metric],
      })),
    };
  }, [curves, isByHour, format, names]);
  const label = say('resolutionTrend', { unit: say(isByHour ? 'byHour' : 'byDay') });
  return <Chart label={label} points={points} series={series} height={180} show={format.count} />;
}
