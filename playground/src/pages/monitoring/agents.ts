import type { AgentLoad, AgentStatus, LiveAgentsSubscription } from '../../gql/operations';
import type { Order } from '../../ui/Sortable';

export type Agent = LiveAgentsSubscription['realtimeAgents'][number];

/** In the order of the board: who works first, who is gone last. */
export const STATUSES = [
  'SERVING',
  'ONLINE',
  'AWAY',
  'OFFLINE',
] as const satisfies readonly AgentStatus[];
const LOADS = ['LOW', 'MEDIUM', 'HIGH'] as const satisfies readonly AgentLoad[];

export const COLUMNS = ['name', 'status', 'time', 'load'] as const;
export type Column = (typeof COLUMNS)[number];

type Comparison = (a: Agent, b: Agent) => number;

export interface AgentFilter {
  status: AgentStatus | null;
  /** A part of the name or of the id. */
  name: string;
}

/** Those that pass the filter. */
export function filtered(agents: readonly Agent[], { status, name }: AgentFilter): Agent[] {
  const wanted = name.trim().toLocaleLowerCase();
  return agents.filter(
    (agent) =>
      (status === null || agent.status === status) &&
      [agent.name, agent.agentId].some((text) => text.toLocaleLowerCase().includes(wanted)),
  );
}

/** Sorted by a column; what is equal there goes by name, so that rows keep their places. */
export function sorted(agents: readonly Agent[], order: Order<Column>, language: string): Agent[] {
  const names = new Intl.Collator(language, { numeric: true });
  const byName: Comparison = (a, b) =>
    names.compare(a.name, b.name) || names.compare(a.agentId, b.agentId);
  const direction = order.descending ? -1 : 1;
  return [...agents].sort(
    (a, b) => direction * compare(a, b, order.column, byName) || byName(a, b),
  );
}

function compare(a: Agent, b: Agent, column: Column, byName: Comparison): number {
  switch (column) {
    case 'name':
      return byName(a, b);
    case 'status':
      return STATUSES.indexOf(a.status) - STATUSES.indexOf(b.status);
    case 'time':
      return a.durationSeconds - b.durationSeconds;
    case 'load':
      return LOADS.indexOf(a.load) - LOADS.indexOf(b.load);
  }
}

/** How many are in each status. */
export function countByStatus(agents: readonly Agent[]): Record<AgentStatus, number> {
  const counts = { SERVING: 0, ONLINE: 0, AWAY: 0, OFFLINE: 0 };
  for (const { status } of agents) {
    counts[status] += 1;
  }
  return counts;
}
