import type { FindingSeverity } from '../../gql/operations';
import { Badge, type Tone } from '../../ui/Badge';
import { useQualityWords } from './words';

const TONES: Record<FindingSeverity, Tone> = { MINOR: 'plain', MAJOR: 'warn', CRITICAL: 'bad' };

/** How bad a finding is. */
export function SeverityBadge({ severity }: { severity: FindingSeverity }) {
  const say = useQualityWords();
  return <Badge tone={TONES[severity]}>{say(severity)}</Badge>;
}
