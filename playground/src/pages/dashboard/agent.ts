import type { DashboardAgentsQuery } from '../../gql/operations';
import type { Order } from '../../ui/Sortable';

export type Agent = DashboardAgentsQuery['stats']['agents'][number];

export const AGENT_COLUMNS = [
  'name',
  'sessionsHandled',
  'avgHandleTime',
  'serviceSeconds',
  'occupancy',
  'utilisation',
  'avgRating',
] as const;
export type AgentColumn = (typeof AGENT_COLUMNS)[number];

/** Seconds in which an agent could be given conversations. */
export function serviceSeconds({ onlineSeconds, servingSeconds }: Agent): number {
  return onlineSeconds + servingSeconds;
}

/** In the order of a column; what is not known comes last, either way. */
export function sortedAgents(agents: readonly Agent[], order: Order<AgentColumn>): Agent[] {
  const { column } = order;
  const way = order.descending ? -1 : 1;
  if (column === 'name') {
    return [...agents].sort((one, other) => way * one.name.localeCompare(other.name));
  }
  const value = (agent: Agent) =>
    column === 'serviceSeconds' ? serviceSeconds(agent) : agent[column];
  return [...agents].sort((one, other) => {
    const [a, b] = [value(one), value(other)];
    if (a === null || b === null) {
      return Number(a === null) - Number(b === null);
    }
    return way * (a - b);
  });
}
