import { useStore } from '../../../api/store';
import { useFormat } from '../../../i18n/format';
import { language } from '../../../i18n/language';
import { StatusBadge } from '../AgentState';
import { countByStatus, STATUSES, sorted } from '../agents';
import { Elapsed } from '../Elapsed';
import type { Floor } from '../floor';
import { useMonitoringWords } from '../words';
import { WallCard } from './WallCard';

const MOST = 12;

/** How many agents do what, and those who are there. */
export function WallAgents({ floor }: { floor: Floor }) {
  const say = useMonitoringWords();
  const format = useFormat();
  const lang = useStore(language);
  const { value: agents, at } = floor.agents.said ?? { value: [], at: 0 };
  const counts = countByStatus(agents);
  const present = sorted(
    agents.filter(({ status }) => status !== 'OFFLINE'),
    { column: 'status', descending: false },
    lang,
  );
  const rest = present.length - MOST;
  return (
    <WallCard title={say('agents')}>
      <dl className="wall-counts">
        {STATUSES.map((status) => (
          <div key={status}>
            <dt>
              <StatusBadge status={status} />
            </dt>
            <dd>{format.count(counts[status])}</dd>
          </div>
        ))}
      </dl>
      <ul className="wall-agents">
        {present.slice(0, MOST).map((agent) => (
          <li key={agent.agentId}>
            <i className={`mon-mark ${agent.status.toLowerCase()}`} aria-hidden="true" />
            <span className="visually-hidden">{say(agent.status)}</span>
            <span className="wall-main">{agent.name}</span>
            <span className="number">
              <Elapsed seconds={agent.durationSeconds} at={at} />
            </span>
          </li>
        ))}
      </ul>
      {rest > 0 && <p className="note">{say('more', { shown: format.count(rest) })}</p>}
    </WallCard>
  );
}
