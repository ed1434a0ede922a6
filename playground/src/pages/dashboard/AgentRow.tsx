import { useFormat } from '../../i18n/format';
import { Meter } from '../../ui/Meter';
import { type Agent, serviceSeconds } from './agent';
import { useDashboardWords } from './words';

/** One agent over the period. */
export function AgentRow({ agent }: { agent: Agent }) {
  const say = useDashboardWords();
  const format = useFormat();
  const { name, occupancy } = agent;
  return (
    <tr>
      <th scope="row">
        {name}
        {name !== agent.agentId && <span className="note agent-id">{agent.agentId}</span>}
      </th>
      <td className="number">{format.count(agent.sessionsHandled)}</td>
      <td className="number">{format.duration(agent.avgHandleTime)}</td>
      <td className="number">{format.duration(serviceSeconds(agent))}</td>
      <td className="number">
        <span className="metered">
          {occupancy !== null && <Meter label={say('occupancyOf', { name })} percent={occupancy} />}
          {format.percent(occupancy)}
        </span>
      </td>
      <td className="number">{format.percent(agent.utilisation)}</td>
      <td className="number">
        {format.decimal(agent.avgRating)}
        <span className="note agent-id">{say('ratings', { count: agent.ratingCount })}</span>
      </td>
    </tr>
  );
}
