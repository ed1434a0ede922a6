import { useFormat } from '../../../i18n/format';
import { Card } from '../../../ui/Card';
import { Meter } from '../../../ui/Meter';
import type { Source } from '../../../ui/QueryLink';
import { useQualityWords } from '../words';
import type { Audit } from './AuditPage';

/** The final score, and the two that it comes from. */
export function ScoresCard({ audit, source }: { audit: Audit; source: Source }) {
  const say = useQualityWords();
  const format = useFormat();
  const { score, autoScore, humanScore, scoreRule } = audit;
  return (
    <Card title={say('score')} source={source} className="scores">
      <p className="figure">{say('points', { score: format.count(score) })}</p>
      <p className="note">{say(`rule${scoreRule}`)}</p>
      <dl className="two-scores">
        <Score name={say('AUTO')} score={autoScore} />
        <Score name={say('MANUAL')} score={humanScore} />
      </dl>
      {audit.reviewedBy && (
        <p className="note">
          {say('reviewedBy', { by: audit.reviewedBy, at: format.instant(audit.reviewedAt) })}
        </p>
      )}
    </Card>
  );
}

function Score({ name, score }: { name: string; score: number | null }) {
  const format = useFormat();
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {score !== null && <Meter label={name} percent={score} />}
        <strong>{format.count(score)}</strong>
      </dd>
    </div>
  );
}
