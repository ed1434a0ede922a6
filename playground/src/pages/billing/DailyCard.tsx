import { useFormat } from '../../i18n/format';
import { useChosen } from '../../ui/address';
import { Card } from '../../ui/Card';
import { Choice } from '../../ui/Choice';
import type { Source } from '../../ui/QueryLink';
import type { BooksDay } from './asked';
import { type ColumnOfDay, DayColumns } from './DayColumns';
import { DayTable } from './DayTable';
import { Keys } from './Keys';
import { cost, digitsOf } from './money';
import { PARTS } from './tokens';
import { useBillingWords } from './words';

type Shown = 'cost' | 'tokens';

/** What each day of the month cost, or used; a cost that is not known is shown as that. */
export function DailyCard({ days, source }: { days: readonly BooksDay[]; source: Source }) {
  const say = useBillingWords();
  const format = useFormat();
  const [params, choose] = useChosen();
  const shown: Shown = params.get('days') === 'tokens' ? 'tokens' : 'cost';
  const columns = days.map(
    (day): ColumnOfDay => ({
      date: day.date,
      parts:
        shown === 'cost'
          ? [{ colour: '--series-1', value: Number(day.knownCost) }]
          : PARTS.map(({ field, colour }) => ({ colour, value: day[field] })),
      isUnknown: shown === 'cost' && day.unpricedCalls > 0,
      said: say(day.unpricedCalls > 0 ? 'dayUnknown' : 'dayCost', {
        date: format.date(day.date),
        cost: cost(format, day.knownCost),
        tokens: format.count(day.totalTokens),
        calls: format.count(day.totalApiCalls),
        unpriced: format.count(day.unpricedCalls),
      }),
    }),
  );
  const hasUnknown = columns.some(({ isUnknown }) => isUnknown);
  return (
    <Card
      title={say('daily')}
      source={source}
      actions={
        <Choice
          label={say('show')}
          value={shown}
          options={[
            { value: 'cost', label: say('showCost') },
            { value: 'tokens', label: say('showTokens') },
          ]}
          onChange={(next: Shown) => choose({ days: next === 'cost' ? null : next })}
        />
      }
    >
      <DayColumns
        label={say(shown === 'cost' ? 'dailyCost' : 'dailyTokens')}
        columns={columns}
        show={(value, step) =>
          shown === 'cost' ? format.money(value, digitsOf(step)) : format.short(value)
        }
      />
      <Keys shown={shown} hasUnknown={hasUnknown} />
      <DayTable days={days} />
    </Card>
  );
}
