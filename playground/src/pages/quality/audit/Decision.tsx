import { useState } from 'react';
import { ReviewAudit } from '../../../gql/operations';
import { useNow } from '../../../shell/SilenceBanner';
import { useRoleName, useViewer } from '../../../shell/viewer';
import { Card } from '../../../ui/Card';
import { refusesReview } from '../access';
import { ClaimNote } from '../ClaimNote';
import { useQualityWords } from '../words';
import type { Audit } from './AuditPage';
import { Overtaken } from './Overtaken';
import { type Draft, EMPTY, ReviewForm } from './ReviewForm';
import { useSeen } from './useSeen';

/** What a person makes of an audit that waits, or why the viewer does not decide that. */
export function Decision({ audit }: { audit: Audit }) {
  const say = useQualityWords();
  const viewer = useViewer();
  const role = useRoleName();
  const now = useNow();
  const [draft, setDraft] = useState<Draft>(EMPTY);
  const isWriting = draft.score !== '' || draft.comment !== '';
  const { seen, isOvertaken, catchUp } = useSeen(audit, isWriting);
  const refusal = refusesReview(audit, viewer, now);
  if (refusal === 'done' && !isOvertaken) {
    return null;
  }
  return (
    <Card
      title={say('decision')}
      className="decision"
      source={{ operation: ReviewAudit, variables: { input: { auditId: audit.id } } }}
    >
      {isOvertaken && (
        <Overtaken
          audit={audit}
          written={[draft.score, draft.comment]}
          onCatchUp={() => {
            catchUp();
            setDraft(refusal === null ? draft : EMPTY);
          }}
        />
      )}
      {!isOvertaken && refusal === null && (
        <ReviewForm audit={seen} draft={draft} onDraft={setDraft} />
      )}
      {refusal === 'role' && <p className="note">{say('mayNotReview', { role })}</p>}
      {refusal === 'own' && <p className="note">{say('ownSession')}</p>}
      {refusal === 'claimed' && (
        <>
          <p>
            <ClaimNote audit={audit} />
          </p>
          <p className="note">{say(isWriting ? 'claimedKept' : 'claimedHint')}</p>
        </>
      )}
    </Card>
  );
}
