import type { AuditFilter } from '../../../gql/operations';
import { DownloadButton } from '../../../ui/DownloadButton';
import { exportParameters } from '../chosen';
import { useQualityWords } from '../words';

/** Saves the whole filtered list, all of its pages. */
export function Download({ filter }: { filter: AuditFilter | null }) {
  const say = useQualityWords();
  return (
    <DownloadButton
      path="/export/audits.csv"
      parameters={exportParameters(filter)}
      name="audits.csv"
      label={say('downloadHint')}
    >
      CSV
    </DownloadButton>
  );
}
