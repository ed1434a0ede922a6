import { useFormat } from '../../i18n/format';
import { Badge } from '../../ui/Badge';
import { cost } from './money';
import { useBillingWords } from './words';

interface Costed {
  estimatedCost: string | null;
  knownCost: string;
  totalApiCalls: number;
  unpricedCalls: number;
}

/** What a day or a model cost; unknown is said, and never 0. */
export function CostCell({ row }: { row: Costed }) {
  const say = useBillingWords();
  const format = useFormat();
  if (row.estimatedCost !== null) {
    return <td className="number">{cost(format, row.estimatedCost)}</td>;
  }
  const isNothingKnown = row.unpricedCalls === row.totalApiCalls;
  return (
    <td className="number">
      <Badge tone="warn">
        {isNothingKnown
          ? say('unknown')
          : say('unknownMore', { cost: cost(format, row.knownCost) })}
      </Badge>
    </td>
  );
}
