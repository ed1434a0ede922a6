import { useFormat } from '../../i18n/format';
import { Flash } from '../../ui/Flash';
import type { Portal } from './asked';
import { useBillingWords } from './words';

type Roi = Portal['roi'];

/** What comes out: money, the rate beside its break-even, and people. */
export function RoiFigures({ roi }: { roi: Roi }) {
  const say = useBillingWords();
  const format = useFormat();
  const isLoss = Number(roi.savedCost) < 0;
  const saved = format.money(roi.savedCost);
  const headcount = format.decimal(roi.equivalentHeadcount, 2);
  return (
    <dl className="roi-figures" data-testid="roi">
      <div>
        <dt>{say('saved')}</dt>
        <dd className={isLoss ? 'bad-text' : 'good-text'}>
          <Flash value={saved}>{saved}</Flash>
        </dd>
        {isLoss && <dd className="note">{say('savedLoss')}</dd>}
      </div>
      <div>
        <dt>{say('autoResolve')}</dt>
        <dd>{format.percent(roi.autoResolveRate)}</dd>
        <dd className="note">
          {say('autoResolveNote', {
            ai: format.count(roi.aiResolvedSessions),
            completed: format.count(roi.completedSessions),
          })}
        </dd>
        <dd>
          <BreakEven roi={roi} />
        </dd>
      </div>
      <div>
        <dt>{say('headcount')}</dt>
        <dd>
          <Flash value={headcount}>{headcount}</Flash>
        </dd>
        <dd className="note">{say('headcountNote')}</dd>
      </div>
    </dl>
  );
}

/** The rate as a bar, with the mark where nothing is saved and nothing lost. */
function BreakEven({ roi: { autoResolveRate, breakEvenRate } }: { roi: Roi }) {
  const say = useBillingWords();
  const format = useFormat();
  if (breakEvenRate === null) {
    return <span className="note">{say('breakEvenNone')}</span>;
  }
  return (
    <>
      <span className="gauge-bar small" aria-hidden="true">
        <i className="good" style={{ width: `${autoResolveRate ?? 0}%` }} />
        <b style={{ insetInlineStart: `${Math.min(breakEvenRate, 100)}%` }} />
      </span>
      <span className="note">
        {say('breakEven', { percent: format.percent(breakEvenRate, breakEvenRate < 0.1 ? 4 : 2) })}
      </span>
    </>
  );
}
