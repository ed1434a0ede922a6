import { Elapsed } from './Elapsed';
import type { Floor, Overview } from './floor';
import { useMonitoringWords } from './words';

/** The queue is asked for, its count is told: while they differ, the count is right. */
export function LongestWait({
  overview,
  floor,
  label,
}: {
  overview: Overview;
  floor: Floor;
  label: string;
}) {
  const say = useMonitoringWords();
  const queue = floor.queue.said;
  if (overview.queueCount === 0) {
    return say('nobodyWaits');
  }
  const longest = queue?.value.longestWaitSeconds;
  return (
    <span data-testid="longest-wait">
      {label}{' '}
      <strong>
        {queue && typeof longest === 'number' ? <Elapsed seconds={longest} at={queue.at} /> : '–'}
      </strong>
    </span>
  );
}
