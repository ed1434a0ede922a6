import { useFormat } from '../../i18n/format';
import type { Entry } from './LedgerDrawer';
import { cost, sumOf } from './money';
import { useBillingWords } from './words';

/** What the rows of a call come to: what it is known to be. */
export function LedgerTotal({ entries }: { entries: readonly Entry[] }) {
  const say = useBillingWords();
  const format = useFormat();
  const tokens = entries.reduce((sum, entry) => sum + entry.tokens, 0);
  const costs = entries.flatMap((entry) => (entry.cost === null ? [] : [entry.cost]));
  return (
    <section className="card ledger-total">
      <h3>{say('total')}</h3>
      <dl className="facts">
        <div>
          <dt>{say('tokens')}</dt>
          <dd>{format.count(tokens)}</dd>
        </div>
        <div>
          <dt>{say('costHead')}</dt>
          <dd>{costs.length > 0 ? cost(format, sumOf(costs)) : say('unknown')}</dd>
        </div>
      </dl>
    </section>
  );
}
