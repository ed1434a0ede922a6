import { answers, useChange } from '../../../api/answers';
import { codeOf } from '../../../api/failure';
import { ClaimAudit, ReleaseAudit } from '../../../gql/operations';
import { useViewer } from '../../../shell/viewer';
import { claimant, refusesReview, type Subject } from '../access';
import { notice } from '../notice';
import { CHANGED } from '../useAudits';
import { useQualityWords } from '../words';

/** Has what an audit is asked for again. */
export function refresh(): void {
  for (const { name } of CHANGED) {
    answers.invalidateQueries({ queryKey: [name] });
  }
}

/** Keeps an audit from others for a while, or gives it back. */
export function useClaim() {
  const say = useQualityWords();
  const viewer = useViewer();
  const claiming = useChange(ClaimAudit, CHANGED);
  const releasing = useChange(ReleaseAudit, CHANGED);
  const fail = (id: string) => (error: Error) => {
    refresh();
    notice.set({
      tone: 'warn',
      text:
        codeOf(error) === 'CONFLICT'
          ? say('notFree', { id })
          : say('claimFailed', { id, reason: error.message }),
    });
  };
  const mayClaim = (audit: Subject) => refusesReview(audit, viewer, Date.now()) === null;
  const isMine = (audit: Subject) => claimant(audit, Date.now()) === viewer.subject;
  const claim = (auditId: string) =>
    claiming.mutate(
      { auditId },
      {
        onSuccess: () => notice.set({ tone: 'info', text: say('claimed', { id: auditId }) }),
        onError: fail(auditId),
      },
    );
  const release = (auditId: string) =>
    releasing.mutate(
      { auditId },
      {
        onSuccess: () => notice.set({ tone: 'info', text: say('released', { id: auditId }) }),
        onError: fail(auditId),
      },
    );
  return {
    mayClaim,
    isMine,
    /** False where the viewer may do neither. */
    claimOrRelease(audit: Subject & { id: string }): boolean {
      const may = mayClaim(audit);
      if (may) {
        (isMine(audit) ? release : claim)(audit.id);
      }
      return may;
    },
    isPending: claiming.isPending || releasing.isPending,
  };
}
