import { useFormat } from '../../../i18n/format';
import { Card } from '../../../ui/Card';
import { FIGURES, type FigureId, tell } from '../figures';
import { filledIn } from './formula';
import { type Explained, isTime } from './state';
import { useExplainWords } from './words';

/** The formula, and how it goes with the sums of these days. */
export function Definition({ explained, metric }: { explained: Explained; metric: FigureId }) {
  const say = useExplainWords();
  const format = useFormat();
  const { numerator, denominator, measures, value } = explained;
  const { formula, goesBy } = explained.metric;
  const sums = new Map(measures.map(({ id, sum }) => [id, format.count(sum)]));
  const isOfTimes = measures.some(({ id }) => isTime(id));
  const inTime = (ms: number | null) =>
    isOfTimes && ms !== null && ` = ${format.duration(ms / 1000)}`;
  return (
    <Card title={say('formula')}>
      <pre className="formula">{formula}</pre>
      {numerator === null ? (
        <p>{say('percentile', { count: format.count(denominator) })}</p>
      ) : (
        formula !== metric && (
          <>
            <p className="note">{say('filledIn')}</p>
            <pre className="formula">
              {filledIn(formula, sums)} = {tell(format, FIGURES[metric].unit, value)}
            </pre>
          </>
        )
      )}
      <dl className="pairs wide">
        {numerator !== null && (
          <div>
            <dt>{say('numerator')}</dt>
            <dd>
              {format.count(numerator)}
              {isOfTimes && ' ms'}
              {inTime(numerator)}
            </dd>
          </div>
        )}
        {denominator !== null && (
          <div>
            <dt>{say(numerator === null ? 'values' : 'denominator')}</dt>
            <dd>{format.count(denominator)}</dd>
          </div>
        )}
      </dl>
      <p className="note">{say('goesBy', { instant: goesBy })}</p>
    </Card>
  );
}
