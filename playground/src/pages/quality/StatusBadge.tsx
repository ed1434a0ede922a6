import type { AuditStatus, DisputeRuling } from '../../gql/operations';
import { Badge, type Tone } from '../../ui/Badge';
import { useQualityWords } from './words';

const TONES: Record<AuditStatus, Tone> = { PASSED: 'good', FAILED: 'bad', PENDING_REVIEW: 'warn' };
const MARKS: Record<AuditStatus, string> = { PASSED: '✓', FAILED: '✕', PENDING_REVIEW: '…' };

/** Where an audit stands, and whether that is disputed. */
export function StatusBadge({
  status,
  dispute,
}: {
  status: AuditStatus;
  dispute?: { ruling: DisputeRuling | null } | null;
}) {
  const say = useQualityWords();
  return (
    <span className="badges">
      <Badge tone={TONES[status]}>
        <span aria-hidden="true">{MARKS[status]}</span>
        {say(status)}
      </Badge>
      {dispute && (
        <Badge tone={dispute.ruling ? 'plain' : 'accent'}>
          {say(dispute.ruling ? 'disputeRuled' : 'disputeOpen')}
        </Badge>
      )}
    </span>
  );
}
