import { useMutation } from '@tanstack/react-query';
import { useLocation, useSearch } from 'wouter';
import { codeOf } from '../../../api/failure';
import { ask } from '../../../api/http';
import { type AuditOrder, ClaimAudit, ReviewQueue } from '../../../gql/operations';
import { notice } from '../notice';
import { withSearch } from '../useChosen';
import { useQualityWords } from '../words';
import { refresh } from './useClaim';

/** How often another is asked for when someone was quicker. */
const TRIES = 3;

/** Claims what comes next in the queue; null when there is nothing for the viewer. */
async function takeNext(order: AuditOrder): Promise<string | null> {
  for (let left = TRIES - 1; ; left -= 1) {
    const { nextAudit } = (await ask(ReviewQueue, { order })).quality;
    if (!nextAudit) {
      return null;
    }
    try {
      await ask(ClaimAudit, { auditId: nextAudit.id });
      return nextAudit.id;
    } catch (error) {
      if (codeOf(error) !== 'CONFLICT' || left === 0) {
        throw error;
      }
    }
  }
}

/** Takes the next audit of the queue and opens it. */
export function useNext() {
  const say = useQualityWords();
  const [, navigate] = useLocation();
  const search = new URLSearchParams(useSearch());
  search.delete('event');
  return useMutation({
    mutationFn: takeNext,
    networkMode: 'always',
    onSuccess: (id) => {
      refresh();
      if (id === null) {
        notice.set({ tone: 'info', text: say('queueEmpty') });
      } else {
        notice.set({ tone: 'info', text: say('claimed', { id }) });
        navigate(withSearch(`/${encodeURIComponent(id)}`, search));
      }
    },
    onError: (error) =>
      notice.set({ tone: 'bad', text: say('nextFailed', { reason: error.message }) }),
  });
}
