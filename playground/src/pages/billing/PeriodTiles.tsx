import { useFormat } from '../../i18n/format';
import { Tile } from '../../ui/Tile';
import { PORTAL_SOURCE, type Portal } from './asked';
import { useInterval } from './forecast-words';
import { daysBetween, toneOf } from './period';
import { useBillingWords } from './words';

/** The billing period at a glance. */
export function PeriodTiles({ billing }: { billing: Portal }) {
  const say = useBillingWords();
  const format = useFormat();
  const { usage, quota, daily } = billing;
  const today = daily.at(-1)?.date ?? quota.resetDate;
  return (
    <div className="billing-tiles">
      <Tile
        label={say('used')}
        figure={format.count(usage.tokensUsed)}
        tone={toneOf(usage.usagePercent)}
        note={say('usedNote', {
          percent: format.percent(usage.usagePercent),
          total: format.count(usage.tokensTotal),
        })}
        source={PORTAL_SOURCE}
      />
      <Tile
        label={say('left')}
        figure={format.count(quota.tokensRemaining)}
        note={
          <>
            <p>{say('leftNote', { held: format.count(quota.tokensReserved) })}</p>
            <p>{say(quota.limit === 'HARD' ? 'hardLimit' : 'softLimit')}</p>
          </>
        }
        source={PORTAL_SOURCE}
      />
      <Tile
        label={say('reset')}
        figure={format.date(usage.resetDate)}
        note={say('resetNote', { count: daysBetween(today, usage.resetDate) })}
        source={PORTAL_SOURCE}
      />
      <RunsOut billing={billing} />
    </div>
  );
}

function RunsOut({ billing }: { billing: Portal }) {
  const say = useBillingWords();
  const format = useFormat();
  const interval = useInterval(billing);
  const { forecast } = billing;
  const lasts = say(forecast ? 'lasts' : 'tooEarly');
  return (
    <Tile
      label={say('runsOut')}
      figure={forecast?.runsOutOn ? format.date(forecast.runsOutOn) : lasts}
      tone={forecast?.runsOutOn ? 'warn' : undefined}
      note={interval ?? say('forecastNoneHint')}
      source={PORTAL_SOURCE}
    />
  );
}
