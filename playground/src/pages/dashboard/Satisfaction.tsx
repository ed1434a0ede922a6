import { useFormat } from '../../i18n/format';
import { Answered } from '../../ui/Answered';
import { Card } from '../../ui/Card';
import { Donut } from '../../ui/Donut';
import { Empty } from '../../ui/states';
import type { View } from './address';
import { figureOf, useFigures } from './asked';
import { Difference } from './Difference';
import { Figure } from './Figure';
import type { FigureId } from './figures';
import { useFigureNames } from './names';
import { sharesOf } from './shares';
import { useDashboardWords } from './words';

const BESIDE = ['avg_rating', 'rating_count'] as const satisfies FigureId[];

/** How customers rated: the rate, how ratings spread, their mean and number. */
export function Satisfaction({ view }: { view: View }) {
  const say = useDashboardWords();
  const name = useFigureNames();
  const { answer, source } = useFigures(view);
  return (
    <Card title={say('satisfaction')} source={source} className="satisfaction">
      <Answered answer={answer} height={352}>
        {({ figures, explain }) => {
          const figure = figureOf(figures.series, 'satisfaction_rate');
          const isToday = view.period === 'today';
          return (
            <>
              <p className="summary">
                <strong data-testid="satisfaction">
                  <Figure metric="satisfaction_rate" value={figure.value} />
                </strong>
                <span className="note">
                  <Difference metric="satisfaction_rate" figure={figure} isToday={isToday} />
                </span>
              </p>
              <Distribution
                measures={explain.measures}
                mean={figureOf(figures.series, 'avg_rating').value}
              />
              <dl className="pairs">
                {BESIDE.map((metric) => (
                  <div key={metric}>
                    <dt>{name(metric)}</dt>
                    <dd>
                      <Figure metric={metric} value={figureOf(figures.series, metric).value} />
                    </dd>
                  </div>
                ))}
              </dl>
            </>
          );
        }}
      </Answered>
    </Card>
  );
}

interface Measures {
  measures: readonly { id: string; sum: number }[];
  mean: number | null;
}

function Distribution({ measures, mean }: Measures) {
  const say = useDashboardWords();
  const format = useFormat();
  const sum = (id: string) => measures.find((measure) => measure.id === id)?.sum ?? 0;
  const [five, four] = [sum('rating_5_count'), sum('rating_4_count')];
  const all = sum('rating_count');
  if (all === 0) {
    return <Empty title={say('noRatings')}>{say('noRatingsHint')}</Empty>;
  }
  const counts = [five, four, all - five - four];
  const labels = [say('verySatisfied'), say('satisfied'), say('toImprove')];
  const colours = ['--series-1', '--series-2', '--series-3'];
  const parts = sharesOf(counts).map((share, index) => ({
    label: labels[index] ?? '',
    value: counts[index] ?? 0,
    text: say('ratingsOf', {
      share: format.percent(share),
      ratings: format.count(counts[index]),
    }),
    colour: colours[index],
  }));
  return <Donut label={say('distribution')} parts={parts} total={format.decimal(mean, 1)} />;
}
