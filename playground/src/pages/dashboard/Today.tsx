import { useId } from 'react';
import { Failed } from '../../ui/states';
import type { View } from './address';
import { figureOf, TODAY, useToday } from './asked';
import { hoursOf } from './hours';
import { QualityTile } from './QualityTile';
import { TodayTile } from './TodayTile';
import { useDashboardWords } from './words';

/** The figures of today so far, each against the same part of yesterday. */
export function Today({ view }: { view: View }) {
  const say = useDashboardWords();
  const id = useId();
  const { answer, source } = useToday(view);
  const { data } = answer;
  if (!data && answer.isError) {
    return <Failed error={answer.error} onRetry={() => answer.refetch()} />;
  }
  return (
    <section className="stack today" aria-labelledby={id}>
      <h2 id={id}>
        {say('today')} <span className="note">{say('todayNote')}</span>
      </h2>
      <div className="tiles">
        {TODAY.map((metric) => (
          <TodayTile
            key={metric}
            metric={metric}
            today={view.to}
            figure={data && figureOf(data.metrics.series, metric)}
            hours={data && hoursOf(data.metrics, metric)}
            source={source}
          />
        ))}
        <QualityTile grade={data?.stats.today.qualityRating} source={source} />
      </div>
    </section>
  );
}
