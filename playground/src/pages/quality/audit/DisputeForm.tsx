import { type FormEvent, useRef, useState } from 'react';
import { useChange } from '../../../api/answers';
import { codeOf } from '../../../api/failure';
import { DisputeAudit } from '../../../gql/operations';
import { notice } from '../notice';
import { refresh } from '../queue/useClaim';
import { CHANGED } from '../useAudits';
import { useQualityWords } from '../words';
import type { Audit } from './AuditPage';
import { CommentField } from './CommentField';
import { FormFailure } from './FormFailure';
import { SubmitButton } from './SubmitButton';
import { useFormKeys } from './useFormKeys';

/** Objects to the result of the own session. */
export function DisputeForm({ audit }: { audit: Audit }) {
  const say = useQualityWords();
  const form = useRef<HTMLFormElement>(null);
  const [comment, setComment] = useState('');
  const [isWrong, setWrong] = useState(false);
  const dispute = useChange(DisputeAudit, CHANGED);
  useFormKeys(form);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const isMissing = comment.trim() === '';
    setWrong(isMissing);
    if (isMissing || dispute.isPending) {
      return;
    }
    dispute.mutate(
      { auditId: audit.id, comment: comment.trim() },
      {
        onSuccess: () => notice.set({ tone: 'info', text: say('disputed', { id: audit.id }) }),
        onError: (error) => codeOf(error) === 'CONFLICT' && refresh(),
      },
    );
  };
  return (
    <form ref={form} className="decision-form" onSubmit={submit} noValidate>
      <p className="note">{say('disputeHint')}</p>
      <CommentField
        label={say('disputeComment')}
        value={comment}
        mistake={isWrong ? say('commentMissing') : undefined}
        onChange={setComment}
      />
      <FormFailure error={dispute.error} />
      <SubmitButton isPending={dispute.isPending}>{say('submitDispute')}</SubmitButton>
    </form>
  );
}
