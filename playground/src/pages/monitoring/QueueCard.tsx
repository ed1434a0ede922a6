import { useId } from 'react';
import { type AbandonedHandling, MonitoringQueue } from '../../gql/operations';
import { useFormat } from '../../i18n/format';
import { Card } from '../../ui/Card';
import { Flash } from '../../ui/Flash';
import { Meter } from '../../ui/Meter';
import { Loading } from '../../ui/states';
import { Elapsed } from './Elapsed';
import type { Floor, Queue, Said } from './floor';
import { Unanswered } from './Unanswered';
import { HANDLINGS } from './view';
import { useMonitoringWords } from './words';

interface Props {
  floor: Floor;
  abandoned: AbandonedHandling;
  onAbandoned(abandoned: AbandonedHandling): void;
}

/** How the queue does: waits, and the service level with what it is made of. */
export function QueueCard({ floor, abandoned, onAbandoned }: Props) {
  const say = useMonitoringWords();
  const { said } = floor.queue;
  return (
    <Card title={say('queue')} source={{ operation: MonitoringQueue, variables: { abandoned } }}>
      {said ? (
        <>
          <Waits queue={said} />
          <ServiceLevel queue={said.value} abandoned={abandoned} onAbandoned={onAbandoned} />
        </>
      ) : (
        <Unanswered part={floor.queue} onRetry={floor.retry}>
          <Loading height={230} />
        </Unanswered>
      )}
    </Card>
  );
}

function Waits({ queue: { value, at } }: { queue: Said<Queue> }) {
  const say = useMonitoringWords();
  const format = useFormat();
  const longest = value.longestWaitSeconds;
  return (
    <dl className="mon-figures">
      <div>
        <dt>{say('longest')}</dt>
        <dd>{longest === null ? say('nobodyWaits') : <Elapsed seconds={longest} at={at} />}</dd>
      </div>
      <Percentile label={say('p50')} text={format.duration(value.waitP50Seconds)} />
      <Percentile label={say('p90')} text={format.duration(value.waitP90Seconds)} />
    </dl>
  );
}

function Percentile({ label, text }: { label: string; text: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        <Flash value={text}>{text}</Flash>
      </dd>
    </div>
  );
}

function ServiceLevel({ queue, abandoned, onAbandoned }: Omit<Props, 'floor'> & { queue: Queue }) {
  const say = useMonitoringWords();
  const format = useFormat();
  const level = queue.serviceLevel;
  const time = format.duration(level.thresholdSeconds);
  const text = format.percent(level.value);
  return (
    <div className="mon-level">
      <p>
        <strong className="mon-level-figure" data-testid="service-level">
          <Flash value={text}>{text}</Flash>
        </strong>{' '}
        {say('serviceLevel')}
        <span className="note mon-level-note">
          {level.value === null
            ? say('noneQueued')
            : `${say('answeredWithin', { time })} · ${say('queueWindow', { time: format.duration(level.windowSeconds) })}`}
        </span>
      </p>
      {level.value !== null && (
        <Meter label={say('serviceLevel')} percent={level.value} tone={toneOf(level.value)} />
      )}
      <MadeOf queue={queue} abandoned={abandoned} onAbandoned={onAbandoned} />
    </div>
  );
}

/** What the level is made of; opened when somebody wants to know. */
function MadeOf({ queue, abandoned, onAbandoned }: Omit<Props, 'floor'> & { queue: Queue }) {
  const say = useMonitoringWords();
  const format = useFormat();
  const id = useId();
  const level = queue.serviceLevel;
  const time = format.duration(level.thresholdSeconds);
  const rows = [
    [say('queued'), level.queued],
    [say('answered'), level.answered],
    [say('answeredInTime'), level.answeredInTime],
    [say('abandoned'), level.abandoned],
    [say('abandonedInTime', { time }), level.abandonedInTime],
  ] as const;
  return (
    <details className="mon-made">
      <summary>{say('madeOf')}</summary>
      <p className="note">{say(`formula_${abandoned}`, { time })}</p>
      <dl className="mon-sums">
        {rows.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{format.count(value)}</dd>
          </div>
        ))}
      </dl>
      <label className="field" htmlFor={id}>
        {say('handling')}
        <select
          id={id}
          value={abandoned}
          onChange={(event) => onAbandoned(event.target.value as AbandonedHandling)}
        >
          {HANDLINGS.map((handling) => (
            <option key={handling} value={handling}>
              {say(handling)}
            </option>
          ))}
        </select>
      </label>
    </details>
  );
}

function toneOf(level: number): 'good' | 'warn' | 'bad' {
  return level >= 80 ? 'good' : level >= 60 ? 'warn' : 'bad';
}
