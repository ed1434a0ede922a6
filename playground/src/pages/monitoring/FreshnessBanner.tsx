import { useState } from 'react';
import { silentSince } from '../../api/reach';
import { useStore } from '../../api/store';
import { useFormat } from '../../i18n/format';
import { useSecond } from './clock';
import type { Floor } from './floor';
import { POLL_MS } from './freshness';
import { useMonitoringWords } from './words';

type Fresh = Pick<Floor, 'freshness' | 'state' | 'heardAt' | 'queueAt' | 'isQueueStale'>;
type Kind = 'stale' | 'queueStale' | 'degraded' | 'polled';

/** Says what is wrong with the figures: how old they are, or how they come. */
export function FreshnessBanner({ floor }: { floor: Fresh }) {
  const say = useMonitoringWords();
  // Of a service that does not answer at all, the frame of the page says so.
  const isSilent = useStore(silentSince) !== null;
  const kind = isSilent ? undefined : kindOf(floor);
  return (
    <>
      {/* The age goes on each second; what is wrong is spoken once. */}
      <p role="status" className="visually-hidden">
        {kind && say(kind === 'stale' ? 'stale' : 'notLive')}
      </p>
      {kind && <Banner key={kind} kind={kind} floor={floor} />}
    </>
  );
}

function kindOf({ freshness, state, isQueueStale }: Fresh): Kind | undefined {
  if (freshness === 'stale') {
    return 'stale';
  }
  if (state?.value.degraded) {
    return 'degraded';
  }
  if (freshness === 'polled') {
    return 'polled';
  }
  return isQueueStale ? 'queueStale' : undefined;
}

function Banner({ kind, floor }: { kind: Kind; floor: Fresh }) {
  const say = useMonitoringWords();
  const format = useFormat();
  const now = useSecond();
  const [shownSince] = useState(Date.now);
  const since = { stale: floor.heardAt, queueStale: floor.queueAt, degraded: shownSince };
  const age = kind === 'polled' ? POLL_MS : Math.max(0, now - (since[kind] ?? shownSince));
  const time = format.duration(Math.floor(age / 1000));
  const asOf = format.time(floor.state?.value.asOf);
  return (
    <div className={`banner ${kind === 'stale' ? 'bad' : 'warn'}`} data-testid={kind}>
      {say(`${kind}Banner`, { time, asOf })}
    </div>
  );
}
