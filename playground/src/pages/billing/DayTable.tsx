import { useFormat } from '../../i18n/format';
import type { BooksDay } from './asked';
import { CostCell } from './CostCell';
import { PARTS } from './tokens';
import { useBillingWords } from './words';

/** The days of the month with all that is known of them. */
export function DayTable({ days }: { days: readonly BooksDay[] }) {
  const say = useBillingWords();
  const format = useFormat();
  return (
    <details>
      <summary>{say('asTable')}</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and so it takes the keyboard */}
      <section className="table-frame tall" tabIndex={0} aria-label={say('dailyTable')}>
        <table>
          <thead>
            <tr>
              <th scope="col">{say('date')}</th>
              <th scope="col" className="number">
                {say('costHead')}
              </th>
              <th scope="col" className="number">
                {say('calls')}
              </th>
              <th scope="col" className="number">
                {say('unpricedHead')}
              </th>
              <th scope="col" className="number">
                {say('tokens')}
              </th>
              {PARTS.map(({ field }) => (
                <th key={field} scope="col" className="number">
                  {say(field)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {[...days].reverse().map((day) => (
              <tr key={day.date}>
                <th scope="row">{format.shortDate(day.date)}</th>
                <CostCell row={day} />
                <td className="number">{format.count(day.totalApiCalls)}</td>
                <td className="number">{format.count(day.unpricedCalls)}</td>
                <td className="number">{format.count(day.totalTokens)}</td>
                {PARTS.map(({ field }) => (
                  <td key={field} className="number">
                    {format.count(day[field])}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}
