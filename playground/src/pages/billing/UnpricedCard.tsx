import { CorrectTokenUsage } from '../../gql/operations';
import { useFormat } from '../../i18n/format';
import { useMay } from '../../shell/viewer';
import { Badge } from '../../ui/Badge';
import { Card } from '../../ui/Card';
import { playgroundAddress } from '../../ui/QueryLink';
import type { Books, useMonth } from './asked';
import { priceEntries } from './prices';
import { Reprice } from './Reprice';
import { totalsOf } from './totals';
import { useBillingWords } from './words';

interface Props {
  billing: Books;
  chosen: ReturnType<typeof useMonth>;
}

/** Which calls have no known cost, and what to do about it; nothing when all have one. */
export function UnpricedCard({ billing, chosen }: Props) {
  const say = useBillingWords();
  const format = useFormat();
  const { calls, unpriced } = totalsOf(billing.daily);
  const models = billing.models.filter((model) => model.unpricedCalls > 0);
  if (unpriced === 0) {
    return null;
  }
  return (
    <Card title={say('unpricedTitle')} source={chosen.source} className="unpriced">
      <p className="billing-prose">
        {say('unpricedLead', {
          count: unpriced,
          calls: format.count(calls),
          month: format.month(chosen.month),
        })}
      </p>
      <ul className="keys">
        {models.map(({ model, unpricedCalls }) => (
          <li key={model ?? ''}>
            <Badge tone="warn">
              {say('unpricedModel', { model: model ?? say('noModel'), count: unpricedCalls })}
            </Badge>
          </li>
        ))}
      </ul>
      <details>
        <summary>{say('todo')}</summary>
        <Steps models={models} chosen={chosen} firstDay={firstUnpriced(billing)} />
      </details>
    </Card>
  );
}

function firstUnpriced({ daily }: Books): string {
  return daily.find((day) => day.unpricedCalls > 0)?.date ?? '';
}

interface StepsProps {
  models: Books['models'];
  chosen: Props['chosen'];
  firstDay: string;
}

function Steps({ models, chosen, firstDay }: StepsProps) {
  const say = useBillingWords();
  const mayReprice = useMay('REPRICE_USAGE');
  const mayCorrect = useMay('CORRECT_USAGE');
  const entries = priceEntries(models, firstDay);
  return (
    <ol className="steps">
      {entries && (
        <li>
          <p>{say('todoPrice')}</p>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and so it takes the keyboard */}
          <pre tabIndex={0}>{entries}</pre>
        </li>
      )}
      <li>
        <p>{say(mayReprice ? 'todoReprice' : 'todoRepriceOperator')}</p>
        {mayReprice && <Reprice from={chosen.variables.from} to={chosen.variables.to} />}
      </li>
      <li>
        <p>{say('todoCorrect')}</p>
        {mayCorrect && (
          <a href={playgroundAddress({ operation: CorrectTokenUsage })}>{say('todoCorrectLink')}</a>
        )}
      </li>
      <li>{say('todoDocs')}</li>
    </ol>
  );
}
