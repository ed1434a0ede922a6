import { Flash } from '../../ui/Flash';
import { type Order, Sortable } from '../../ui/Sortable';
import { LoadMark, StatusBadge } from './AgentState';
import type { Agent, Column } from './agents';
import { Elapsed } from './Elapsed';
import type { Said } from './floor';
import type { View } from './view';
import { useMonitoringWords } from './words';

interface Props {
  agents: Said<readonly Agent[]>;
  view: View;
  onView(change: Partial<View>): void;
}

/** A row for each agent. */
export function AgentTable({ agents: { value, at }, view, onView }: Props) {
  const say = useMonitoringWords();
  const head = { order: view.order, onOrder: (order: Order<Column>) => onView({ order }) };
  return (
    <div className="table-frame">
      <table className="mon-agent-table">
        <thead>
          <tr>
            <Sortable column="name" {...head}>
              {say('agent')}
            </Sortable>
            <Sortable column="status" {...head}>
              {say('status')}
            </Sortable>
            <Sortable column="time" {...head} className="number">
              {say('time')}
            </Sortable>
            <Sortable column="load" {...head}>
              {say('load')}
            </Sortable>
          </tr>
        </thead>
        <tbody>
          {value.map((agent) => (
            <AgentRow key={agent.agentId} agent={agent} at={at} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function AgentRow({ agent, at }: { agent: Agent; at: number }) {
  return (
    <tr data-agent={agent.agentId}>
      <th scope="row">
        {agent.name}
        {agent.name !== agent.agentId && <span className="note mon-id">{agent.agentId}</span>}
      </th>
      <td>
        <Flash value={agent.status}>
          <StatusBadge status={agent.status} />
        </Flash>
      </td>
      <td className="number">
        <Elapsed seconds={agent.durationSeconds} at={at} />
      </td>
      <td>
        <Flash value={agent.load}>
          <LoadMark load={agent.load} />
        </Flash>
      </td>
    </tr>
  );
}
