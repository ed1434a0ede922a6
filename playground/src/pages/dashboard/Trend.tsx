import { useCallback, useMemo } from 'react';
import { useFormat } from '../../i18n/format';
import { Answered } from '../../ui/Answered';
import { Card } from '../../ui/Card';
import { Choice } from '../../ui/Choice';
import type { View } from './address';
import { figureOf, TRENDS, useFigures } from './asked';
import { Chart } from './Chart';
import { type Curves, curveOf } from './curve';
import { Difference } from './Difference';
import { Figure } from './Figure';
import { FIGURES, tell } from './figures';
import { useFigureNames } from './names';
import { useAddress } from './useAddress';
import { useDashboardWords } from './words';

type Trended = (typeof TRENDS)[number];

/** One figure over the period beside the period before. */
export function Trend({ view }: { view: View }) {
  const say = useDashboardWords();
  const name = useFigureNames();
  const { params, change } = useAddress();
  const { answer, source } = useFigures(view);
  const metric: Trended = TRENDS.find((id) => id === params.get('trend')) ?? TRENDS[0];
  const options = TRENDS.map((value) => ({ value, label: name(value) }));
  const isToday = view.period === 'today';
  return (
    <Card title={say('trend')} source={source} className="trend">
      <Choice
        label={say('trendOf')}
        value={metric}
        options={options}
        onChange={(trend) => change({ trend })}
      />
      <Answered answer={answer} height={378}>
        {({ figures, curves }) => {
          const figure = figureOf(figures.series, metric);
          return (
            <>
              <p className="summary">
                <strong>
                  <Figure metric={metric} value={figure.value} />
                </strong>
                <span className="note">
                  <Difference metric={metric} figure={figure} isToday={isToday} />
                </span>
              </p>
              <TrendChart view={view} metric={metric} curves={curves} />
            </>
          );
        }}
      </Answered>
    </Card>
  );
}

function TrendChart(props: { view: View; metric: Trended; curves: Curves }) {
  const { view, metric, curves } = props;
  const say = useDashboardWords();
  const name = useFigureNames();
  const format = useFormat();
  const isByHour = view.period === 'today';
  const title = name(metric);
  const now = say(isByHour ? 'todayCurve' : 'thisPeriod');
  const before = say(isByHour ? 'yesterdayCurve' : 'periodBefore');
  const show = useCallback(
    (value: number | null) => tell(format, FIGURES[metric].unit, value),
    [format, metric],
  );
  const { points, series } = useMemo(() => {
    const { points, values, previous } = curveOf(curves, metric, isByHour, format);
    return {
      points,
      series: [
        { label: now, values, colour: '--series-1', isFilled: true },
        { label: before, values: previous, colour: '--series-6', isDashed: true },
      ],
    };
  }, [curves, metric, isByHour, format, now, before]);
  const label = isByHour
    ? say('trendHours', { title })
    : say('trendLabel', { title, from: format.date(view.from), to: format.date(view.to) });
  return <Chart label={label} points={points} series={series} height={290} show={show} />;
}
