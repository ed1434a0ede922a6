import { useAnswer } from '../../api/answers';
import { ReturnOnInvestment } from '../../gql/operations';
import { useChosen } from '../../ui/address';
import { Card } from '../../ui/Card';
import { Failed, Loading } from '../../ui/states';
import { AssumptionsForm } from './AssumptionsForm';
import type { Portal } from './asked';
import { assumedIn } from './assumptions';
import { RoiFigures } from './RoiFigures';
import { RoiFormula } from './RoiFormula';
import { useBillingWords } from './words';

/** What the AI saved this month, under assumptions that can be moved. */
export function RoiCard({ configured }: { configured: Portal['roi'] }) {
  const say = useBillingWords();
  const [params] = useChosen();
  const assumptions = assumedIn(params);
  const isOwn = Object.keys(assumptions).length > 0;
  const own = useAnswer(ReturnOnInvestment, { assumptions }, { everyMs: 10_000, enabled: isOwn });
  const roi = isOwn ? own.data?.billing.roi : configured;
  const source = { operation: ReturnOnInvestment, variables: { assumptions } };
  return (
    <Card title={say('roi')} source={source}>
      <p className="note">{say('roiPeriod')}</p>
      {isOwn && own.isError && <Failed error={own.error} onRetry={() => own.refetch()} />}
      <div className="roi">
        <AssumptionsForm configured={configured.assumptions} assumed={assumptions} />
        <div className="roi-told" aria-busy={isOwn && own.isFetching}>
          {roi && <RoiFigures roi={roi} />}
          {roi && <RoiFormula roi={roi} />}
          {!roi && own.isPending && <Loading height={240} />}
        </div>
      </div>
    </Card>
  );
}
