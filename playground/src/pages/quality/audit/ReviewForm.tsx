import { type FormEvent, useId, useRef, useState } from 'react';
import { useChange } from '../../../api/answers';
import { codeOf } from '../../../api/failure';
import { ReviewAudit } from '../../../gql/operations';
import { useFormat } from '../../../i18n/format';
import { notice } from '../notice';
import { focusNext } from '../queue/NextAudit';
import { refresh } from '../queue/useClaim';
import { CHANGED } from '../useAudits';
import { useQualityWords } from '../words';
import type { Audit } from './AuditPage';
import { CommentField } from './CommentField';
import { FormFailure } from './FormFailure';
import { SCORE_ID } from './focus';
import { ScoreField } from './ScoreField';
import { SubmitButton } from './SubmitButton';
import { scoreFrom } from './score';
import { useFormKeys } from './useFormKeys';

export interface Draft {
  score: string;
  comment: string;
}

export const EMPTY: Draft = { score: '', comment: '' };

interface Props {
  /** As the reviewer has seen it. */
  audit: Audit;
  draft: Draft;
  onDraft(draft: Draft): void;
}

/** Sets the final score, with a reason. */
export function ReviewForm({ audit, draft, onDraft }: Props) {
  const say = useQualityWords();
  const format = useFormat();
  const form = useRef<HTMLFormElement>(null);
  const id = useId();
  const [isWrong, setWrong] = useState(false);
  const review = useChange(ReviewAudit, CHANGED);
  useFormKeys(form);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const finalScore = scoreFrom(draft.score);
    setWrong(finalScore === null);
    if (finalScore === null) {
      document.getElementById(SCORE_ID)?.focus();
      return;
    }
    if (review.isPending) {
      return;
    }
    const comment = draft.comment.trim() || null;
    review.mutate(
      { input: { auditId: audit.id, finalScore, comment, version: audit.version } },
      {
        onSuccess: ({ reviewAudit }) => {
          onDraft(EMPTY);
          const [score, status] = [format.count(reviewAudit.score), say(reviewAudit.status)];
          notice.set({ tone: 'info', text: say('reviewed', { id: audit.id, score, status }) });
          focusNext();
        },
        onError: (error) => codeOf(error) === 'CONFLICT' && refresh(),
      },
    );
  };
  const { autoScore } = audit;
  return (
    <form ref={form} className="decision-form" onSubmit={submit} noValidate aria-labelledby={id}>
      <p id={id} className="note">
        {say('decisionHint')}
      </p>
      <div className="line">
        <ScoreField
          label={say('finalScore')}
          value={draft.score}
          mistake={isWrong ? say('scoreWrong') : undefined}
          onChange={(score) => onDraft({ ...draft, score })}
        />
        {autoScore !== null && (
          <button
            type="button"
            className="button small"
            onClick={() => onDraft({ ...draft, score: String(autoScore) })}
          >
            {say('keepMachine', { score: format.count(autoScore) })}
          </button>
        )}
      </div>
      <CommentField
        label={say('commentOptional')}
        value={draft.comment}
        onChange={(comment) => onDraft({ ...draft, comment })}
      />
      <FormFailure error={review.error} />
      <SubmitButton isPending={review.isPending}>{say('submitReview')}</SubmitButton>
    </form>
  );
}

/** Lets a digit go into the field of the score, in place of what is there. */
export function typeScore(): false {
  const field = document.getElementById(SCORE_ID);
  if (field instanceof HTMLInputElement) {
    field.focus();
    field.select();
  }
  // The browser goes on to write the digit.
  return false;
}
