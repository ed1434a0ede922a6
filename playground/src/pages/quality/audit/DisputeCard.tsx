import { useFormat } from '../../../i18n/format';
import { useRoleName, useViewer } from '../../../shell/viewer';
import { Badge } from '../../../ui/Badge';
import { Card } from '../../../ui/Card';
import type { Source } from '../../../ui/QueryLink';
import { refusesDispute, refusesRuling } from '../access';
import { useQualityWords } from '../words';
import type { Audit } from './AuditPage';
import { DisputeForm } from './DisputeForm';
import { RulingForm } from './RulingForm';

/** What the agent says against the result, and what a reviewer makes of it. */
export function DisputeCard({ audit, source }: { audit: Audit; source: Source }) {
  const say = useQualityWords();
  const viewer = useViewer();
  const role = useRoleName();
  const disputing = refusesDispute(audit, viewer);
  const ruling = refusesRuling(audit, viewer);
  if (!audit.dispute && disputing !== null && disputing !== 'notFinal') {
    return null;
  }
  return (
    <Card title={say('dispute')} source={source} className="decision">
      {audit.dispute && <Told dispute={audit.dispute} />}
      {disputing === 'notFinal' && <p className="note">{say('disputeLater')}</p>}
      {disputing === null && <DisputeForm audit={audit} />}
      {ruling === null && <RulingForm audit={audit} />}
      {ruling === 'role' && <p className="note">{say('mayNotRule', { role })}</p>}
      {ruling === 'own' && <p className="note">{say('ownSession')}</p>}
    </Card>
  );
}

function Told({ dispute }: { dispute: NonNullable<Audit['dispute']> }) {
  const say = useQualityWords();
  const format = useFormat();
  return (
    <div className="stack">
      <div>
        <p className="note">
          {say('raised', {
            by: dispute.raisedBy,
            at: format.instant(dispute.raisedAt),
            scoredBy: dispute.scoredBy,
          })}
        </p>
        <blockquote>{dispute.comment}</blockquote>
      </div>
      {dispute.ruling ? (
        <div>
          <p className="line">
            <Badge tone={dispute.ruling === 'REJECTED' ? 'plain' : 'accent'}>
              {say(dispute.ruling)}
            </Badge>
            <span className="note">
              {say('ruledBy', { by: dispute.ruledBy ?? '', at: format.instant(dispute.ruledAt) })}
            </span>
          </p>
          {dispute.rulingComment && <blockquote>{dispute.rulingComment}</blockquote>}
        </div>
      ) : (
        <p>
          <Badge tone="accent">{say('rulingOpen')}</Badge>
        </p>
      )}
    </div>
  );
}
