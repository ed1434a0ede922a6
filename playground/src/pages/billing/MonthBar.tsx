import { useFormat } from '../../i18n/format';
import { useChosen } from '../../ui/address';
import type { Books, useMonth } from './asked';
import { Downloads } from './Downloads';
import { monthOf, monthsUpTo, plusMonths } from './month';
import { useBillingWords } from './words';

interface Props {
  chosen: ReturnType<typeof useMonth>;
  /** The books of that month, once they are known. */
  billing: Books | undefined;
}

/** Picks the month, and gives it away as a file. */
export function MonthBar({ chosen, billing }: Props) {
  const say = useBillingWords();
  const format = useFormat();
  const [, choose] = useChosen();
  const { today, month } = chosen;
  const present = monthOf(today);
  const show = (next: string) => choose({ month: next === present ? null : next });
  return (
    <section className="month-bar" aria-labelledby="billing-month">
      <h2 id="billing-month">{format.month(month)}</h2>
      <div className="toolbar">
        <button
          type="button"
          className="button"
          aria-label={say('before')}
          onClick={() => show(plusMonths(month, -1))}
        >
          <span aria-hidden="true">‹</span>
        </button>
        <select
          className="control"
          aria-label={say('month')}
          value={month}
          onChange={(event) => show(event.target.value)}
        >
          {monthsUpTo(today, month).map((one) => (
            <option key={one} value={one}>
              {format.month(one)}
            </option>
          ))}
        </select>
        <button
          type="button"
          className="button"
          aria-label={say('after')}
          disabled={month >= present}
          onClick={() => show(plusMonths(month, 1))}
        >
          <span aria-hidden="true">›</span>
        </button>
      </div>
      <Downloads month={month} billing={billing} />
    </section>
  );
}
