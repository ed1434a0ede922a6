import { useFormat } from '../../../i18n/format';
import { Badge } from '../../../ui/Badge';
import { Card } from '../../../ui/Card';
import type { Explaining } from '../address';
import { FIGURES, tell } from '../figures';
import { useAddress } from '../useAddress';
import { type Explained, STATES } from './state';
import { useExplainWords } from './words';

/** The figure of each day, newest first; a day leads to its own explanation. */
export function Days({ explained, explaining }: { explained: Explained; explaining: Explaining }) {
  const say = useExplainWords();
  const format = useFormat();
  const { change } = useAddress();
  const { unit } = FIGURES[explaining.metric];
  if (explained.days.length < 2) {
    return null;
  }
  const most = Math.max(...explained.days.map(({ value }) => value ?? 0), 0);
  return (
    <Card title={say('days')}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and so it takes the keyboard */}
      <section className="table-frame days" aria-label={say('days')} tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">{say('day')}</th>
              <th scope="col" className="number">
                {say('value')}
              </th>
              <td className="day-bar" />
              <th scope="col" className="number">
                {say('rows')}
              </th>
              <th scope="col">{say('state')}</th>
            </tr>
          </thead>
          <tbody>
            {explained.days.toReversed().map(({ date, value, rows, completeness }) => (
              <tr key={date}>
                <th scope="row">
                  <button
                    type="button"
                    className="name"
                    title={say('onlyDay', { date: format.date(date) })}
                    onClick={() => change({ over: date, after: null }, true)}
                  >
                    {format.date(date)}
                  </button>
                </th>
                <td className="number">{tell(format, unit, value)}</td>
                <td className="day-bar" aria-hidden="true">
                  <span className="bar">
                    <i style={{ width: `${most > 0 ? ((value ?? 0) / most) * 100 : 0}%` }} />
                  </span>
                </td>
                <td className="number">{format.count(rows)}</td>
                <td>
                  <Badge tone={STATES[completeness].tone}>{say(STATES[completeness].word)}</Badge>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Card>
  );
}
