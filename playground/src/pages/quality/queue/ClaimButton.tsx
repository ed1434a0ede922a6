import type { Subject } from '../access';
import { useQualityWords } from '../words';
import { useClaim } from './useClaim';

/** Claims an audit or gives it back; nothing where the viewer may do neither. */
export function ClaimButton({ audit }: { audit: Subject & { id: string } }) {
  const say = useQualityWords();
  const { mayClaim, isMine, claim, release, isPending } = useClaim();
  if (!mayClaim(audit)) {
    return null;
  }
  const [act, word] = isMine(audit) ? ([release, 'release'] as const) : ([claim, 'claim'] as const);
  return (
    <button
      type="button"
      className="button small"
      disabled={isPending}
      aria-label={say(word === 'claim' ? 'claimOf' : 'releaseOf', { id: audit.id })}
      onClick={() => act(audit.id)}
    >
      {say(word)}
    </button>
  );
}
