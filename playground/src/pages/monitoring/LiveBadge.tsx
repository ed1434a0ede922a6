import { useFormat } from '../../i18n/format';
import { serverTime, useSecond } from './clock';
import type { Floor } from './floor';
import { POLL_MS } from './freshness';
import { useMonitoringWords } from './words';

/** Whether changes come as they happen, and the time of the service. */
export function LiveBadge({
  floor: { freshness, state },
}: {
  floor: Pick<Floor, 'freshness' | 'state'>;
}) {
  const say = useMonitoringWords();
  const format = useFormat();
  const time = format.duration(POLL_MS / 1000);
  const tone = { live: 'good', polled: 'warn', stale: 'bad' }[freshness];
  return (
    <span className="mon-live">
      <span className={`badge ${tone}`} data-testid="freshness">
        <i className="mon-dot" aria-hidden="true" />
        {say(freshness, { time })}
      </span>
      {state && freshness !== 'stale' && <Clock asOf={state.value.asOf} at={state.at} />}
    </span>
  );
}

function Clock({ asOf, at }: { asOf: string; at: number }) {
  const format = useFormat();
  return <span className="mon-clock">{format.time(serverTime(asOf, at, useSecond()))}</span>;
}
