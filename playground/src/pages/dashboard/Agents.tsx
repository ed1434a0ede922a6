import { useAnswer } from '../../api/answers';
import { DashboardAgents } from '../../gql/operations';
import { plusDays } from '../../i18n/dates';
import { Answered } from '../../ui/Answered';
import { Card } from '../../ui/Card';
import { type Order, Sortable } from '../../ui/Sortable';
import { Empty } from '../../ui/states';
import { AgentRow } from './AgentRow';
import { orderOf, PERIODS, type View, writtenOrder } from './address';
import { AGENT_COLUMNS, type AgentColumn, sortedAgents } from './agent';
import { useAddress } from './useAddress';
import { useDashboardWords } from './words';

const AGENTS_MS = 60_000;
/** Most days that the API tells of agents. */
const MOST_DAYS = 31;
/** Shown until all are asked for. */
const FEW = 10;
const USUAL = { column: 'sessionsHandled', descending: true } as const;
const HEADS = {
  name: 'agent',
  sessionsHandled: 'handled',
  avgHandleTime: 'handleTime',
  serviceSeconds: 'online',
  occupancy: 'occupancy',
  utilisation: 'utilisation',
  avgRating: 'rating',
} as const satisfies Record<AgentColumn, string>;

/** How each agent spent the period; for agents themselves their own row. */
export function Agents({ view, isOwn = false }: { view: View; isOwn?: boolean }) {
  const say = useDashboardWords();
  const { params, change } = useAddress();
  const isCut = PERIODS[view.period] > MOST_DAYS;
  const from = isCut ? plusDays(view.to, 1 - MOST_DAYS) : view.from;
  const variables = { product: view.product ?? null, from, to: view.to };
  const answer = useAnswer(DashboardAgents, variables, { everyMs: AGENTS_MS });
  const order = orderOf<AgentColumn>(params.get('sort_agent'), AGENT_COLUMNS, USUAL);
  const onOrder = (next: Order<AgentColumn>) => change({ sort_agent: writtenOrder(next) });
  const isAll = params.get('agents') === 'all';
  const title = say(isOwn ? 'agentsOwn' : 'agents');
  const notes = [
    isCut && say('agentsOf31'),
    view.channel !== undefined && say('agentsNoChannel'),
  ].filter((note) => note !== false);
  return (
    <Card title={title} source={{ operation: DashboardAgents, variables }} className="agents">
      {notes.length > 0 && <p className="note">{notes.join(' · ')}</p>}
      <Answered answer={answer} height={220}>
        {({ stats: { agents } }) =>
          agents.length === 0 ? (
            <Empty title={say('noAgents')}>{say('noAgentsHint')}</Empty>
          ) : (
            <div className="table-frame">
              <table>
                <caption className="visually-hidden">{title}</caption>
                <thead>
                  <tr>
                    {AGENT_COLUMNS.map((column) => (
                      <Sortable
                        key={column}
                        column={column}
                        className={column === 'name' ? undefined : 'number'}
                        order={order}
                        onOrder={onOrder}
                      >
                        {say(HEADS[column])}
                      </Sortable>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {sortedAgents(agents, order)
                    .slice(0, isAll ? undefined : FEW)
                    .map((agent) => (
                      <AgentRow key={agent.agentId} agent={agent} />
                    ))}
                </tbody>
              </table>
              {agents.length > FEW && (
                <button
                  type="button"
                  className="button small all"
                  aria-expanded={isAll}
                  onClick={() => change({ agents: isAll ? null : 'all' })}
                >
                  {isAll
                    ? say('fewAgents', { count: FEW })
                    : say('allAgents', { count: agents.length })}
                </button>
              )}
            </div>
          )
        }
      </Answered>
    </Card>
  );
}
