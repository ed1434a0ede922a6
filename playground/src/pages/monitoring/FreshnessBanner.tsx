import { useRef } from 'react';
import { silentSince } from '../../api/reach';
import { useStore } from '../../api/store';
import { useFormat } from '../../i18n/format';
import { useSecond } from './clock';
import type { Floor } from './floor';
import { POLL_MS } from './freshness';
import { useMonitoringWords } from './words';

/** Says what is wrong with the figures: how old they are, or how they come. */
export function FreshnessBanner({
  floor,
}: {
  floor: Pick<Floor, 'freshness' | 'state' | 'heardAt'>;
}) {
  const isDegraded = floor.state?.value.degraded ?? false;
  // Of a service that does not answer at all, the frame of the page says so.
  const isSilent = useStore(silentSince) !== null;
  if (floor.freshness === 'stale') {
    return isSilent ? null : <Banner kind="stale" floor={floor} since={floor.heardAt} />;
  }
  if (isDegraded) {
    return <Degraded floor={floor} />;
  }
  return floor.freshness === 'polled' ? <Banner kind="polled" floor={floor} /> : null;
}

function Degraded({ floor }: { floor: Pick<Floor, 'state'> }) {
  const since = useRef(floor.state?.at);
  return <Banner kind="degraded" floor={floor} since={since.current} />;
}

interface Props {
  kind: 'stale' | 'polled' | 'degraded';
  floor: Pick<Floor, 'state'>;
  since?: number;
}

function Banner({ kind, floor, since }: Props) {
  const say = useMonitoringWords();
  const format = useFormat();
  const now = useSecond();
  const age = since === undefined ? POLL_MS : Math.max(0, now - since);
  const time = format.duration(Math.floor(age / 1000));
  const asOf = format.time(floor.state?.value.asOf);
  return (
    <div className={`banner ${kind === 'stale' ? 'bad' : 'warn'}`} data-testid={kind}>
      {/* The age goes on each second; it is spoken once. */}
      <span role="status" className="visually-hidden">
        {say(kind === 'stale' ? 'stale' : 'notLive')}
      </span>
      <span>{say(`${kind}Banner`, { time, asOf })}</span>
    </div>
  );
}
