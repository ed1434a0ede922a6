import { useMay } from '../../shell/viewer';
import { AgentsCard } from './AgentsCard';
import { AlertsCard } from './AlertsCard';
import type { Acknowledging } from './acknowledging';
import { ChannelsCard } from './ChannelsCard';
import { FreshnessBanner } from './FreshnessBanner';
import type { Floor } from './floor';
import { KeysMenu } from './KeysMenu';
import { LiveBadge } from './LiveBadge';
import { QueueCard } from './QueueCard';
import { Tiles } from './Tiles';
import type { View } from './view';
import { WaitingDrawer } from './WaitingDrawer';
import { useMonitoringWords } from './words';

interface Props {
  floor: Floor;
  view: View;
  onView(change: Partial<View>): void;
  acknowledging: Acknowledging;
  onWall(): void;
}

/** The floor for somebody at a desk. */
export function Board({ floor, view, onView, acknowledging, onWall }: Props) {
  const say = useMonitoringWords();
  const maySeeWho = useMay('READ_SESSIONS');
  return (
    <>
      <div className="page-head">
        <h1>{say('title')}</h1>
        <LiveBadge floor={floor} />
        <div className="toolbar mon-head-tools">
          <KeysMenu mayAcknowledge={acknowledging.acknowledge !== undefined} />
          <button
            type="button"
            className="button small"
            title={say('wallHint')}
            aria-keyshortcuts="f"
            onClick={onWall}
          >
            {say('wall')}
          </button>
        </div>
      </div>
      <FreshnessBanner floor={floor} />
      <div className={`stack mon-board ${floor.freshness}`}>
        <Tiles
          floor={floor}
          onWaiting={maySeeWho ? () => onView({ isWaitingOpen: true }) : undefined}
        />
        <div className="mon-columns">
          <div className="mon-people">
            <AlertsCard floor={floor} acknowledging={acknowledging} />
            <AgentsCard floor={floor} view={view} onView={onView} />
          </div>
          <div className="stack">
            <QueueCard
              floor={floor}
              abandoned={view.abandoned}
              onAbandoned={(abandoned) => onView({ abandoned })}
            />
            <ChannelsCard floor={floor} />
          </div>
        </div>
      </div>
      {view.isWaitingOpen && maySeeWho && (
        <WaitingDrawer onClose={() => onView({ isWaitingOpen: false })} />
      )}
    </>
  );
}
