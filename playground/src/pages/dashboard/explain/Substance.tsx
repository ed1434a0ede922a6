import { useFormat } from '../../../i18n/format';
import { Card } from '../../../ui/Card';
import { type Explained, isTime } from './state';
import { defined, useExplainWords } from './words';

/** What is counted, what is not, and what has become of the rows since. */
export function Substance({ explained }: { explained: Explained }) {
  const say = useExplainWords();
  const format = useFormat();
  const { measures, leftOut, rowCount, lateRows, rowsRemoved } = explained;
  const told = (id: string, sum: number) =>
    isTime(id) ? format.duration(sum / 1000) : format.count(sum);
  return (
    <>
      <Card title={say('measures')}>
        <dl className="pairs wide">
          {measures.map(({ id, definition, sum }) => (
            <div key={id}>
              <dt>
                {defined(say, id, definition)} <code>{id}</code>
              </dt>
              <dd>{told(id, sum)}</dd>
            </div>
          ))}
          <div>
            <dt>{say('rowsCounted')}</dt>
            <dd data-testid="rows-counted">{format.count(rowCount)}</dd>
          </div>
          <div>
            <dt>
              {say('lateRows')} <span className="note">{say('lateHint')}</span>
            </dt>
            <dd>{format.count(lateRows)}</dd>
          </div>
          <div>
            <dt>
              {say('rowsRemoved')} <span className="note">{say('removedHint')}</span>
            </dt>
            <dd>{format.count(rowsRemoved)}</dd>
          </div>
        </dl>
      </Card>
      <Card title={say('leftOut')}>
        {leftOut.length === 0 ? (
          <p className="note">{say('nothingLeftOut')}</p>
        ) : (
          <dl className="pairs wide">
            {leftOut.map(({ id, title, rows }) => (
              <div key={id}>
                <dt>{defined(say, id, title)}</dt>
                <dd>{format.count(rows)}</dd>
              </div>
            ))}
          </dl>
        )}
      </Card>
    </>
  );
}
