import { useFormat } from '../../i18n/format';
import { Choice } from '../../ui/Choice';
import { type Agent, countByStatus, STATUSES } from './agents';
import type { View } from './view';
import { useMonitoringWords } from './words';

interface Props {
  agents: readonly Agent[];
  view: View;
  onView(change: Partial<View>): void;
}

export const NAME_FILTER = 'monitoring-agent-name';

/** By status, with how many are in each, and by name. */
export function AgentFilters({ agents, view, onView }: Props) {
  const say = useMonitoringWords();
  const format = useFormat();
  const counts = countByStatus(agents);
  const option = <Value extends string>(value: Value, status: string, count: number) => ({
    value,
    label: say('withCount', { status, shown: format.count(count) }),
  });
  const options = [
    option('' as const, say('all'), agents.length),
    ...STATUSES.map((status) => option(status, say(status), counts[status])),
  ];
  return (
    <div className="toolbar">
      <Choice
        label={say('status')}
        value={view.status ?? ''}
        options={options}
        onChange={(status) => onView({ status: status || null })}
      />
      <input
        id={NAME_FILTER}
        type="search"
        className="control"
        aria-label={say('filterName')}
        placeholder={say('filterName')}
        value={view.name}
        onChange={(event) => onView({ name: event.target.value })}
      />
    </div>
  );
}
