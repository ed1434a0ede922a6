import { useEffect } from 'react';
import { answers } from '../../api/answers';
import { useLive } from '../../api/live';
import { BillingPortal, LiveQuotaAlerts } from '../../gql/operations';
import { Card } from '../../ui/Card';
import { PORTAL_SOURCE, type Portal } from './asked';
import { EarlierMarks } from './EarlierMarks';
import { ForecastCard } from './ForecastCard';
import { Gauge } from './Gauge';
import { type Mark, Marks } from './Marks';
import { Pace } from './Pace';
import { startOfPeriod } from './period';
import { useBillingWords } from './words';

/** How much of the plan is used, which marks that has reached, and how it goes on. */
export function QuotaSection({ billing }: { billing: Portal }) {
  const say = useBillingWords();
  const { quota, daily, quotaAlerts } = billing;
  const start = startOfPeriod(quota.resetDate, daily, quota.tokensUsed);
  const present = quotaAlerts.filter(({ resetDate }) => resetDate === quota.resetDate);
  const earlier = quotaAlerts.filter(({ resetDate }) => resetDate !== quota.resetDate);
  const marks = useLiveMarks(present);
  return (
    <div className="billing-pair">
      <Card title={say('quota')} source={PORTAL_SOURCE}>
        <Gauge billing={billing} />
        <Marks marks={marks} quota={quota} />
        <Pace billing={billing} start={start} />
        {earlier.length > 0 && <EarlierMarks alerts={earlier} />}
      </Card>
      <ForecastCard billing={billing} start={start} />
    </div>
  );
}

/** The marks of the present period as they are reached; with each, the figures are asked again. */
function useLiveMarks(asked: Portal['quotaAlerts']): readonly Mark[] {
  const { data } = useLive(LiveQuotaAlerts, {});
  const live = data?.quotaAlerts;
  const reached = live?.length ?? 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is for each mark
  useEffect(() => {
    answers.invalidateQueries({ queryKey: [BillingPortal.name] });
  }, [reached]);
  return (
    live?.map((mark) => ({
      ...mark,
      webhook: asked.find(({ percent }) => percent === mark.percent)?.webhook,
    })) ?? asked
  );
}
