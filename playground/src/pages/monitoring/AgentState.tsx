import type { AgentLoad, AgentStatus } from '../../gql/operations';
import { Badge, type Tone } from '../../ui/Badge';
import { useMonitoringWords } from './words';

export const STATUS_TONES = {
  SERVING: 'accent',
  ONLINE: 'good',
  AWAY: 'warn',
  OFFLINE: 'plain',
} as const satisfies Record<AgentStatus, Tone>;

const FILLED = { LOW: 1, MEDIUM: 2, HIGH: 3 } as const;

/** What an agent is doing. */
export function StatusBadge({ status }: { status: AgentStatus }) {
  const say = useMonitoringWords();
  return (
    <Badge tone={STATUS_TONES[status]}>
      <i className={`mon-mark ${status.toLowerCase()}`} aria-hidden="true" />
      {say(status)}
    </Badge>
  );
}

/** How full an agent's hands are, as one to three bars and in a word. */
export function LoadMark({ load }: { load: AgentLoad }) {
  const say = useMonitoringWords();
  return (
    <span className={`mon-bars ${load.toLowerCase()}`}>
      <span aria-hidden="true">
        {[1, 2, 3].map((bar) => (
          <i key={bar} className={bar <= FILLED[load] ? 'full' : ''} />
        ))}
      </span>
      {say(load)}
    </span>
  );
}
