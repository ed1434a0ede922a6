import type { Subject } from '../access';
import { useQualityWords } from '../words';
import { useClaim } from './useClaim';

/** Claims an audit or gives it back; nothing where the viewer may do neither. */
export function ClaimButton({ audit }: { audit: Subject & { id: string } }) {
  const say = useQualityWords();
  const { mayClaim, isMine, claimOrRelease, isPending } = useClaim();
  if (!mayClaim(audit)) {
    return null;
  }
  const word = isMine(audit) ? 'release' : 'claim';
  return (
    <button
      type="button"
      className="button small"
      disabled={isPending}
      aria-label={say(`${word}Of`, { id: audit.id })}
      onClick={() => claimOrRelease(audit)}
    >
      {say(word)}
    </button>
  );
}
