import { useMutation } from '@tanstack/react-query';
import { codeOf } from '../../../api/failure';
import type { AuditFilter } from '../../../gql/operations';
import { exportAddress } from '../chosen';
import { download } from '../download';
import { notice } from '../notice';
import { useQualityWords } from '../words';

/** Saves the whole filtered list, all of its pages. */
export function Download({ filter }: { filter: AuditFilter | null }) {
  const say = useQualityWords();
  const saving = useMutation({
    mutationFn: () => download(exportAddress(filter), 'audits.csv'),
    networkMode: 'always',
    onError: (error) =>
      notice.set({
        tone: 'bad',
        text: say(codeOf(error) === 'RATE_LIMITED' ? 'downloadBusy' : 'downloadFailed', {
          reason: error.message,
        }),
      }),
  });
  return (
    <button
      type="button"
      className="button small"
      title={say('downloadHint')}
      disabled={saving.isPending}
      onClick={() => saving.mutate()}
    >
      {say(saving.isPending ? 'downloading' : 'download')}
    </button>
  );
}
