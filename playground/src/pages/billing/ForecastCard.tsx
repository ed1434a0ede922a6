import { useMemo } from 'react';
import { useFormat } from '../../i18n/format';
import { Card } from '../../ui/Card';
import { LineChart, type Series } from '../../ui/LineChart';
import { Empty } from '../../ui/states';
import { PORTAL_SOURCE, type Portal } from './asked';
import { useExpectation, useInterval } from './forecast-words';
import { burnOf } from './period';
import { useBillingWords } from './words';

interface Props {
  billing: Portal;
  /** First day of the period. */
  start: string;
}

/** When the plan runs out, in words and as a curve. */
export function ForecastCard({ billing, start }: Props) {
  const say = useBillingWords();
  const expectation = useExpectation(billing);
  const interval = useInterval(billing);
  const { forecast } = billing;
  return (
    <Card title={say('forecast')} source={PORTAL_SOURCE}>
      {forecast ? (
        <div className="forecast-words">
          <p>
            <strong>{expectation}</strong>
          </p>
          {interval !== expectation && <p>{interval}</p>}
          <p className="note">{say('forecastFrom', { count: forecast.days })}</p>
        </div>
      ) : (
        <Empty title={say('forecastNone')}>
          <p>{say('forecastNoneHint')}</p>
        </Empty>
      )}
      <BurnChart billing={billing} start={start} />
    </Card>
  );
}

function BurnChart({ billing, start }: Props) {
  const say = useBillingWords();
  const format = useFormat();
  const { daily, quota, forecast } = billing;
  const burn = burnOf(
    {
      daily,
      tokensUsed: quota.tokensUsed,
      tokensTotal: quota.tokensTotal,
      reset: quota.resetDate,
      expected: forecast?.expectedTokens ?? null,
      earliest: forecast?.earliest ?? null,
      latest: forecast?.latest ?? null,
    },
    start,
  );
  const told = JSON.stringify(burn);
  const labels = JSON.stringify([
    say('burnUsed'),
    say('burnExpected'),
    say('burnPlan'),
    say('burnRunsOut'),
  ]);
  // Drawn again only when a figure or the language changes, not each time the answer comes.
  const chart = useMemo(() => chartOf(JSON.parse(told), JSON.parse(labels)), [told, labels]);
  const points = useMemo(() => chart.days.map(format.shortDate), [chart, format]);
  return (
    <LineChart
      label={say('burn')}
      points={points}
      series={chart.series}
      height={220}
      show={format.short}
    />
  );
}

function chartOf(burn: ReturnType<typeof burnOf>, labels: readonly string[]) {
  const [used = '', expected = '', plan = '', runsOut = ''] = labels;
  const series: Series[] = [
    { label: used, values: burn.used, colour: '--series-1', isFilled: true },
    { label: expected, values: burn.expected, colour: '--series-2', isDashed: true },
    { label: plan, values: burn.plan, colour: '--series-6' },
  ];
  if (burn.runsOut.some((value) => value !== null)) {
    series.push({ label: runsOut, values: burn.runsOut, colour: '--bad' });
  }
  return { days: burn.days, series };
}
