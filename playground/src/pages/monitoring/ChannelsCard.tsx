import { LiveChannels } from '../../gql/operations';
import { useFormat } from '../../i18n/format';
import { Card } from '../../ui/Card';
import { Flash } from '../../ui/Flash';
import { Meter } from '../../ui/Meter';
import { Empty, Loading } from '../../ui/states';
import type { Channel, Floor } from './floor';
import { loadOf } from './load';
import { TrendMark } from './TrendMark';
import { Unanswered } from './Unanswered';
import { useMonitoringWords } from './words';

/** Visitors, trend and load of each channel. */
export function ChannelsCard({ floor }: { floor: Floor }) {
  const say = useMonitoringWords();
  const channels = floor.channels.said?.value;
  return (
    <Card title={say('channels')} source={{ operation: LiveChannels }}>
      {channels ? (
        <Channels channels={channels} />
      ) : (
        <Unanswered part={floor.channels} onRetry={floor.retry}>
          <Loading height={190} />
        </Unanswered>
      )}
    </Card>
  );
}

function Channels({ channels }: { channels: readonly Channel[] }) {
  const say = useMonitoringWords();
  if (channels.length === 0) {
    return (
      <Empty title={say('noChannels')}>
        <p>{say('noChannelsHint')}</p>
      </Empty>
    );
  }
  return (
    <div className="table-frame">
      <table className="mon-channels">
        <thead>
          <tr>
            <th scope="col">{say('channel')}</th>
            <th scope="col" className="number">
              {say('visitorsOnline')}
            </th>
            <th scope="col">{say('trend')}</th>
            <th scope="col">{say('load')}</th>
          </tr>
        </thead>
        <tbody>
          {channels.map((channel) => (
            <ChannelRow key={channel.id} channel={channel} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ChannelRow({ channel: { name, onlineUsers, load, trend } }: { channel: Channel }) {
  const say = useMonitoringWords();
  const format = useFormat();
  return (
    <tr>
      <th scope="row">{name}</th>
      <td className="number">
        <Flash value={onlineUsers}>{format.count(onlineUsers)}</Flash>
      </td>
      <td>
        <TrendMark trend={trend} />
      </td>
      <td>
        <span className="mon-load">
          <Meter label={say('loadOf', { name })} percent={load} tone={loadOf(load).tone} />
          <span className="number">{format.percent(load, 0)}</span>
        </span>
      </td>
    </tr>
  );
}
