import { type FormEvent, useRef, useState } from 'react';
import { useChange } from '../../../api/answers';
import { codeOf } from '../../../api/failure';
import { type DisputeRuling, RuleOnDispute } from '../../../gql/operations';
import { useFormat } from '../../../i18n/format';
import { Choice } from '../../../ui/Choice';
import { notice } from '../notice';
import { focusNext } from '../queue/NextAudit';
import { refresh } from '../queue/useClaim';
import { CHANGED } from '../useAudits';
import { useQualityWords } from '../words';
import type { Audit } from './AuditPage';
import { CommentField } from './CommentField';
import { FormFailure } from './FormFailure';
import { Overtaken } from './Overtaken';
import { ScoreField } from './ScoreField';
import { SubmitButton } from './SubmitButton';
import { scoreFrom } from './score';
import { useFormKeys } from './useFormKeys';
import { useSeen } from './useSeen';

const RULINGS = ['REJECTED', 'PARTLY_ACCEPTED', 'ACCEPTED'] as const satisfies DisputeRuling[];

/** Rules on an open dispute: the score stands, or there is another one. */
export function RulingForm({ audit }: { audit: Audit }) {
  const say = useQualityWords();
  const format = useFormat();
  const form = useRef<HTMLFormElement>(null);
  const [ruling, setRuling] = useState<DisputeRuling>('REJECTED');
  const [score, setScore] = useState('');
  const [comment, setComment] = useState('');
  const [isTried, setTried] = useState(false);
  const { seen, isOvertaken, catchUp } = useSeen(audit, score !== '' || comment !== '');
  const rule = useChange(RuleOnDispute, CHANGED);
  useFormKeys(form);

  const finalScore = ruling === 'REJECTED' ? null : scoreFrom(score);
  const isScoreWrong = ruling !== 'REJECTED' && (finalScore === null || finalScore === seen.score);
  const isCommentMissing = comment.trim() === '';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (isScoreWrong || isCommentMissing || rule.isPending) {
      return;
    }
    const input = { auditId: audit.id, ruling, comment: comment.trim(), version: seen.version };
    rule.mutate(
      { input: { ...input, finalScore } },
      {
        onSuccess: () => {
          notice.set({ tone: 'info', text: say('ruledOn', { id: audit.id, ruling: say(ruling) }) });
          focusNext();
        },
        onError: (error) => codeOf(error) === 'CONFLICT' && refresh(),
      },
    );
  };
  if (isOvertaken) {
    return <Overtaken audit={audit} written={[score, comment]} onCatchUp={catchUp} />;
  }
  const options = RULINGS.map((value) => ({ value, label: say(value) }));
  return (
    <form ref={form} className="decision-form" onSubmit={submit} noValidate>
      <h3>{say('ruling')}</h3>
      <Choice
        label={say('ruling')}
        value={ruling}
        options={options}
        onChange={(value) => setRuling(value)}
      />
      {ruling === 'REJECTED' ? (
        <p className="note">{say('scoreStands', { score: format.count(seen.score) })}</p>
      ) : (
        <ScoreField
          label={say('newScore', { score: format.count(seen.score) })}
          value={score}
          mistake={isTried && isScoreWrong ? say('newScoreWrong') : undefined}
          onChange={setScore}
        />
      )}
      <CommentField
        label={say('rulingComment')}
        value={comment}
        mistake={isTried && isCommentMissing ? say('commentMissing') : undefined}
        onChange={setComment}
      />
      <FormFailure error={rule.error} />
      <SubmitButton isPending={rule.isPending}>{say('submitRuling')}</SubmitButton>
    </form>
  );
}
