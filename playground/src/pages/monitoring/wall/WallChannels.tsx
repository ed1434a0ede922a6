import { useFormat } from '../../../i18n/format';
import { Flash } from '../../../ui/Flash';
import { Meter } from '../../../ui/Meter';
import type { Floor } from '../floor';
import { loadOf } from '../load';
import { TrendMark } from '../TrendMark';
import { useMonitoringWords } from '../words';
import { WallCard } from './WallCard';

const MOST = 6;

/** The busiest channels. */
export function WallChannels({ floor }: { floor: Floor }) {
  const say = useMonitoringWords();
  const format = useFormat();
  const channels = [...(floor.channels.said?.value ?? [])]
    .sort((a, b) => b.onlineUsers - a.onlineUsers)
    .slice(0, MOST);
  return (
    <WallCard title={say('channels')}>
      {channels.length === 0 && <p className="note">{say('noChannels')}</p>}
      <ul className="wall-list">
        {channels.map(({ id, name, onlineUsers, load, trend }) => (
          <li key={id} className="wall-channel">
            <span className="wall-main">{name}</span>
            <TrendMark trend={trend} />
            <strong className="number">
              <Flash value={onlineUsers}>{format.count(onlineUsers)}</Flash>
            </strong>
            <Meter label={say('loadOf', { name })} percent={load} tone={loadOf(load).tone} />
            <span className="note number">{format.percent(load, 0)}</span>
          </li>
        ))}
      </ul>
    </WallCard>
  );
}
