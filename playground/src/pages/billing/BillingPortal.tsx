import { useFormat } from '../../i18n/format';
import { useMay } from '../../shell/viewer';
import { Answered } from '../../ui/Answered';
import { Loading, NoPermission } from '../../ui/states';
import { type Portal, usePortal } from './asked';
import { LedgerCard } from './LedgerCard';
import { MonthSection } from './MonthSection';
import { PeriodTiles } from './PeriodTiles';
import { startOfPeriod } from './period';
import { QuotaSection } from './QuotaSection';
import { RoiCard } from './RoiCard';
import { useBillingWords } from './words';
import './billing.css';

/** The BillingPortal page. */
export default function BillingPortal() {
  const say = useBillingWords();
  const mayRead = useMay('READ_BILLING');
  return mayRead ? (
    <Books />
  ) : (
    <>
      <h1>{say('title')}</h1>
      <section className="card">
        <NoPermission />
      </section>
    </>
  );
}

function Books() {
  const say = useBillingWords();
  const portal = usePortal();
  const billing = portal.data?.billing;
  return (
    <>
      <header className="page-head">
        <h1>{say('title')}</h1>
        {billing && <Subtitle billing={billing} />}
      </header>
      <Answered answer={portal} height={560}>
        {({ billing }) => (
          <>
            <PeriodTiles billing={billing} />
            <QuotaSection billing={billing} />
          </>
        )}
      </Answered>
      <MonthSection />
      {/* Why there is none stands above. */}
      {billing ? (
        <RoiCard configured={billing.roi} />
      ) : (
        portal.isPending && <Loading height={360} />
      )}
      <LedgerCard />
    </>
  );
}

function Subtitle({ billing: { quota, daily } }: { billing: Portal }) {
  const say = useBillingWords();
  const format = useFormat();
  const start = startOfPeriod(quota.resetDate, daily, quota.tokensUsed);
  return (
    <p className="note">
      {say('subtitle', {
        plan: quota.plan,
        start: format.date(start),
        reset: format.date(quota.resetDate),
      })}
    </p>
  );
}
