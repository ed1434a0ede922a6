import type { Alert } from '../alerts';
import { FreshnessBanner } from '../FreshnessBanner';
import type { Floor } from '../floor';
import { LiveBadge } from '../LiveBadge';
import type { View } from '../view';
import { useMonitoringWords } from '../words';
import './wall.css';
import type { WallMode } from './useWall';
import { WallAgents } from './WallAgents';
import { WallAlerts } from './WallAlerts';
import { WallChannels } from './WallChannels';
import { WallFigures } from './WallFigures';

interface Props {
  floor: Floor;
  view: View;
  onView(change: Partial<View>): void;
  wall: WallMode;
  alerts: readonly Alert[];
}

/** The floor for a screen across the room: little, and big. */
export function Wall({ floor, view, onView, wall, alerts }: Props) {
  const say = useMonitoringWords();
  return (
    <div className={`wall ${view.wall} ${floor.freshness}`}>
      <header className="wall-head">
        <h1>{say('title')}</h1>
        <LiveBadge floor={floor} />
        <div className="toolbar">
          <button
            type="button"
            className="button small"
            onClick={() => onView({ wall: view.wall === 'dark' ? 'light' : 'dark' })}
          >
            {say(view.wall === 'dark' ? 'lightWall' : 'darkWall')}
          </button>
          {!wall.isFull && (
            <button
              type="button"
              className="button small"
              aria-keyshortcuts="f"
              onClick={wall.fill}
            >
              {say('fullScreen')}
            </button>
          )}
          <button
            type="button"
            className="button small"
            aria-keyshortcuts="Escape"
            onClick={wall.leave}
          >
            {say('leaveWall')}
          </button>
        </div>
      </header>
      <FreshnessBanner floor={floor} />
      <WallFigures floor={floor} />
      <div className="wall-lists">
        <WallAlerts floor={floor} alerts={alerts} />
        <WallChannels floor={floor} />
        <WallAgents floor={floor} />
      </div>
    </div>
  );
}
