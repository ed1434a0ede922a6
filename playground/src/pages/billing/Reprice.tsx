import { useChange } from '../../api/answers';
import {
  BillingMonth,
  BillingPortal,
  RepriceUsage,
  type RepriceUsageMutation,
  ReturnOnInvestment,
} from '../../gql/operations';
import { useFormat } from '../../i18n/format';
import { Failed } from '../../ui/states';
import { cost } from './money';
import { useBillingWords } from './words';

interface Props {
  from: string;
  to: string;
}

/** Gives the calls of some days the present prices, once it was looked at what that changes. */
export function Reprice({ from, to }: Props) {
  const say = useBillingWords();
  const look = useChange(RepriceUsage);
  const store = useChange(RepriceUsage, [BillingPortal, BillingMonth, ReturnOnInvestment]);
  const looked = look.data?.repriceUsage;
  const stored = store.data?.repriceUsage;
  const lookAgain = () => {
    store.reset();
    look.mutate({ from, to, dryRun: true });
  };
  return (
    <div className="reprice">
      <div className="toolbar">
        <button type="button" className="button" disabled={look.isPending} onClick={lookAgain}>
          {say('repriceLook')}
        </button>
        {looked && looked.changedCalls > 0 && !stored && (
          <button
            type="button"
            className="button primary"
            disabled={store.isPending}
            onClick={() => store.mutate({ from, to, dryRun: false })}
          >
            {say('repriceStore')}
          </button>
        )}
      </div>
      <div role="status">
        {stored ? <Told result={stored} /> : looked && <Told result={looked} />}
      </div>
      {(look.isError || store.isError) && <Failed error={look.error ?? store.error} />}
    </div>
  );
}

function Told({ result }: { result: RepriceUsageMutation['repriceUsage'] }) {
  const say = useBillingWords();
  const format = useFormat();
  const calls = format.count(result.calls);
  const count = result.changedCalls;
  if (count === 0) {
    return <p>{say('repriceNothing', { calls })}</p>;
  }
  return (
    <>
      <p>
        {result.dryRun ? say('repriceChanges', { count, calls }) : say('repriceStored', { count })}
      </p>
      <p>
        {say('repriceUnpriced', {
          before: format.count(result.unpricedBefore),
          after: format.count(result.unpricedAfter),
        })}
      </p>
      <p>
        {say('repriceCost', {
          before: cost(format, result.costBefore),
          after: cost(format, result.costAfter),
        })}
      </p>
    </>
  );
}
