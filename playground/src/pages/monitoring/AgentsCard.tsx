import { useStore } from '../../api/store';
import { LiveAgents } from '../../gql/operations';
import { useFormat } from '../../i18n/format';
import { language } from '../../i18n/language';
import { Card } from '../../ui/Card';
import { Empty, Loading } from '../../ui/states';
import { AgentFilters } from './AgentFilters';
import { AgentTable } from './AgentTable';
import { type Agent, filtered, sorted } from './agents';
import type { Floor, Said } from './floor';
import { Unanswered } from './Unanswered';
import type { View } from './view';
import { useMonitoringWords } from './words';

interface Props {
  floor: Floor;
  view: View;
  onView(change: Partial<View>): void;
}

/** Who does what, and for how long. */
export function AgentsCard({ floor, view, onView }: Props) {
  const say = useMonitoringWords();
  const { said } = floor.agents;
  return (
    <Card title={say('agents')} source={{ operation: LiveAgents }} className="mon-agents">
      {said ? (
        <Board agents={said} view={view} onView={onView} />
      ) : (
        <Unanswered part={floor.agents} onRetry={floor.retry}>
          <Loading height={420} />
        </Unanswered>
      )}
    </Card>
  );
}

function Board({
  agents,
  view,
  onView,
}: Omit<Props, 'floor'> & { agents: Said<readonly Agent[]> }) {
  const say = useMonitoringWords();
  const format = useFormat();
  const lang = useStore(language);
  const all = agents.value;
  const shown = sorted(filtered(all, view), view.order, lang);
  if (all.length === 0) {
    return (
      <Empty title={say('noAgents')}>
        <p>{say('noAgentsHint')}</p>
      </Empty>
    );
  }
  return (
    <>
      <AgentFilters agents={all} view={view} onView={onView} />
      <p className="visually-hidden" role="status">
        {say('shownOf', { shown: format.count(shown.length), total: format.count(all.length) })}
      </p>
      {shown.length > 0 ? (
        <AgentTable agents={{ value: shown, at: agents.at }} view={view} onView={onView} />
      ) : (
        <Empty title={say('noneMatches')}>
          <button
            type="button"
            className="button"
            onClick={() => onView({ status: null, name: '' })}
          >
            {say('showAllAgents')}
          </button>
        </Empty>
      )}
    </>
  );
}
