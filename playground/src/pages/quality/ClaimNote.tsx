import { useFormat } from '../../i18n/format';
import { useNow } from '../../shell/SilenceBanner';
import { useViewer } from '../../shell/viewer';
import { claimant, type Subject } from './access';
import { useQualityWords } from './words';

/** Who works on an audit, and for how much longer. */
export function ClaimNote({ audit }: { audit: Subject }) {
  return audit.claimedBy ? <Counting audit={audit} /> : null;
}

function Counting({ audit }: { audit: Subject }) {
  const say = useQualityWords();
  const format = useFormat();
  const { subject } = useViewer();
  const now = useNow();
  const by = claimant(audit, now);
  if (by === null) {
    return null;
  }
  const until = audit.claimedUntil ?? '';
  const left = format.duration(Math.ceil((Date.parse(until) - now) / 1000));
  return (
    <span className="claim note" title={say('claimedUntil', { time: format.instant(until) })}>
      {by === subject ? say('claimedByYou', { left }) : say('claimedBy', { by, left })}
    </span>
  );
}
