import type { ReactNode } from 'react';
import { useFormat } from '../../i18n/format';
import { Badge } from '../../ui/Badge';
import type { Entry } from './LedgerDrawer';
import { cost } from './money';
import { useBillingWords } from './words';

/** One row of the ledger: a call as it was recorded, or by how much it was changed. */
export function LedgerEntry({ entry }: { entry: Entry }) {
  const say = useBillingWords();
  const format = useFormat();
  return (
    <section className="card ledger-entry">
      <header>
        <h3>{say(`kind${entry.kind}`)}</h3>
        <Badge tone={entry.status === 'COMPLETED' ? 'good' : 'warn'}>
          {say(`status${entry.status}`)}
        </Badge>
      </header>
      <dl className="facts">
        <Fact label={say('usedAt')}>{format.instant(entry.usedAt)}</Fact>
        <Fact label={say('recordedAt')}>{format.instant(entry.recordedAt)}</Fact>
        <Fact label={say('model')}>{entry.model ?? say('noModel')}</Fact>
        {entry.apiType && <Fact label={say('apiType')}>{entry.apiType}</Fact>}
        {entry.sessionId && <Fact label={say('session')}>{entry.sessionId}</Fact>}
        <Fact label={say('tokens')}>{format.count(entry.tokens)}</Fact>
        <Fact label={say('inputTokens')}>{format.count(entry.inputTokens)}</Fact>
        <Fact label={say('cachedInputTokens')}>{format.count(entry.cachedInputTokens)}</Fact>
        <Fact label={say('outputTokens')}>{format.count(entry.outputTokens)}</Fact>
        <Fact label={say('reasoningTokens')}>{format.count(entry.reasoningTokens)}</Fact>
        <Fact label={say('costHead')}>
          {entry.cost === null ? (
            <Badge tone="warn">{say('unknown')}</Badge>
          ) : (
            cost(format, entry.cost)
          )}
        </Fact>
      </dl>
      {!entry.usageKnown && <p className="note">{say('usageUnknown')}</p>}
      <Price price={entry.price} />
    </section>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Price({ price }: { price: Entry['price'] }) {
  const say = useBillingWords();
  const format = useFormat();
  if (!price) {
    return <p className="note">{say('priceNone')}</p>;
  }
  return (
    <div className="note">
      <p>{say('priceRule', { rule: price.rule })}</p>
      <p>
        {say('price', {
          input: cost(format, price.inputPerMillion),
          cached: cost(format, price.cachedInputPerMillion),
          output: cost(format, price.outputPerMillion),
          reasoning: cost(format, price.reasoningPerMillion),
        })}
      </p>
    </div>
  );
}
