import { LiveOverview } from '../../gql/operations';
import { useFormat } from '../../i18n/format';
import { Sparkline } from '../../ui/Sparkline';
import { Loading } from '../../ui/states';
import { Tile } from '../../ui/Tile';
import { countByStatus } from './agents';
import { countOpen } from './alerts';
import type { Floor, Overview } from './floor';
import { type History, useHistory } from './history';
import { LongestWait } from './LongestWait';
import { loadOf } from './load';
import { useMonitoringWords } from './words';

const source = { operation: LiveOverview };

interface Props {
  floor: Floor;
  /** Opens the list of who waits; left out for those who may not read it. */
  onWaiting?: () => void;
}

/** The floor's key figures. */
export function Tiles({ floor, onWaiting }: Props) {
  const overview = floor.overview.said?.value;
  const history = useHistory(overview);
  return (
    <div className="grid mon-tiles">
      {overview ? (
        <>
          <ActiveTile overview={overview} floor={floor} history={history} />
          <WaitingTile overview={overview} floor={floor} history={history} onOpen={onWaiting} />
          <AgentsTile overview={overview} floor={floor} />
          <AlertsTile overview={overview} floor={floor} />
          <LoadTile overview={overview} history={history} />
        </>
      ) : (
        ['a', 'b', 'c', 'd', 'e'].map((key) => <Loading key={key} height={142} />)
      )}
    </div>
  );
}

interface OfTile {
  overview: Overview;
  floor: Floor;
  history: History;
}

function ActiveTile({ overview, floor, history }: OfTile) {
  const say = useMonitoringWords();
  const format = useFormat();
  const visitors = floor.channels.said?.value.reduce(
    (sum, { onlineUsers }) => sum + onlineUsers,
    0,
  );
  return (
    <Tile
      label={say('active')}
      figure={format.count(overview.activeSessions)}
      source={source}
      note={
        <>
          {visitors !== undefined &&
            say('visitors', { count: visitors, shown: format.count(visitors) })}
          <Curve values={history.active} seconds={history.seconds} />
        </>
      }
    />
  );
}

function WaitingTile({ overview, floor, history, onOpen }: OfTile & { onOpen?: () => void }) {
  const say = useMonitoringWords();
  const format = useFormat();
  return (
    <Tile
      label={say('waiting')}
      figure={format.count(overview.queueCount)}
      source={source}
      tone={overview.slaAlerts > 0 ? 'warn' : undefined}
      actions={
        onOpen && (
          <button
            type="button"
            className="button small"
            aria-label={say('whoWaitsTitle')}
            onClick={onOpen}
          >
            {say('whoWaits')}
          </button>
        )
      }
      note={
        <>
          <LongestWait overview={overview} floor={floor} label={say('longest')} />
          <Curve values={history.waiting} seconds={history.seconds} />
        </>
      }
    />
  );
}

function AgentsTile({ overview, floor }: Omit<OfTile, 'history'>) {
  const say = useMonitoringWords();
  const format = useFormat();
  const agents = floor.agents.said?.value;
  const counts = agents && countByStatus(agents);
  return (
    <Tile
      label={say('agentsOnline')}
      figure={say('onlineOf', {
        online: format.count(overview.onlineAgents),
        total: format.count(overview.totalAgents),
      })}
      source={source}
      note={
        counts &&
        say('agentsNote', {
          serving: format.count(counts.SERVING),
          free: format.count(counts.ONLINE),
          away: format.count(counts.AWAY),
        })
      }
    />
  );
}

function AlertsTile({ overview, floor }: Omit<OfTile, 'history'>) {
  const say = useMonitoringWords();
  const format = useFormat();
  const alerts = floor.alerts.said?.value;
  const threshold = floor.queue.said?.value.serviceLevel.thresholdSeconds;
  const open = alerts ? countOpen(alerts) : 0;
  const note = () => {
    if (overview.slaAlerts > 0) {
      return open > 0
        ? say('unacknowledged', { open: format.count(open) })
        : say('allAcknowledged');
    }
    return threshold !== undefined && say('noneLate', { time: format.duration(threshold) });
  };
  return (
    <Tile
      label={say('slaAlerts')}
      figure={format.count(overview.slaAlerts)}
      source={source}
      tone={overview.slaAlerts > 0 ? 'bad' : undefined}
      note={note()}
    />
  );
}

function LoadTile({ overview, history }: Omit<OfTile, 'floor'>) {
  const say = useMonitoringWords();
  const format = useFormat();
  const load = loadOf(overview.systemLoad);
  return (
    <Tile
      label={say('systemLoad')}
      figure={format.percent(overview.systemLoad)}
      source={source}
      tone={load.tone === 'good' ? undefined : load.tone}
      note={
        <>
          {say(load.word)}
          <Curve values={history.load} seconds={history.seconds} />
        </>
      }
    />
  );
}

/** A small curve of what the figure was while the page is open. */
function Curve({ values, seconds }: { values: readonly number[]; seconds: number }) {
  const say = useMonitoringWords();
  const format = useFormat();
  return values.length < 3 ? null : (
    <span className="mon-curve" title={say('recently', { time: format.duration(seconds) })}>
      <Sparkline values={values} width={84} height={30} />
    </span>
  );
}
