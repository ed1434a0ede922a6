import { useFormat } from '../../i18n/format';
import { Tile } from '../../ui/Tile';
import type { Books, useMonth } from './asked';
import { cost } from './money';
import { percentOf, totalsOf } from './totals';
import { useBillingWords } from './words';

interface Props {
  billing: Books;
  chosen: ReturnType<typeof useMonth>;
}

/** A month at a glance. */
export function MonthTiles({ billing, chosen }: Props) {
  const say = useBillingWords();
  const format = useFormat();
  const { source } = chosen;
  const { tokens, calls, unpriced, knownCost, cachedPercent } = totalsOf(billing.daily);
  const known = cost(format, knownCost);
  const aThousand = calls > unpriced ? (1000 * Number(knownCost)) / (calls - unpriced) : null;
  return (
    <div className="billing-tiles">
      <Tile
        label={say('cost', { month: format.month(chosen.month) })}
        figure={unpriced > 0 ? say('atLeast', { cost: known }) : known}
        note={unpriced > 0 ? say('costPart', { count: unpriced }) : say('costKnown')}
        source={source}
      />
      <Tile
        label={say('tokens')}
        figure={format.count(tokens)}
        note={say('tokensNote', { percent: format.percent(cachedPercent) })}
        source={source}
      />
      <Tile
        label={say('calls')}
        figure={format.count(calls)}
        note={say('callsNote', { cost: cost(format, aThousand) })}
        source={source}
      />
      <Tile
        label={say('unpriced')}
        figure={format.count(unpriced)}
        tone={unpriced > 0 ? 'bad' : undefined}
        note={
          unpriced > 0
            ? say('unpricedNote', { percent: format.percent(percentOf(unpriced, calls)) })
            : say('unpricedNone')
        }
        source={source}
      />
    </div>
  );
}
