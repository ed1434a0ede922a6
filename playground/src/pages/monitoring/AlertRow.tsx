import { useFormat } from '../../i18n/format';
import type { Acknowledging } from './acknowledging';
import { nameOf } from './acknowledging';
import type { Alert } from './alerts';
import { Elapsed } from './Elapsed';
import type { Channel } from './floor';
import { useMonitoringWords } from './words';

interface Props {
  alert: Alert;
  at: number;
  channels: readonly Channel[];
  acknowledging: Acknowledging;
}

/** One who waits too long. */
export function AlertRow({ alert, at, channels, acknowledging }: Props) {
  const say = useMonitoringWords();
  const who = nameOf(alert);
  const isOpen = alert.acknowledgedBy === null;
  const { acknowledge, pending } = acknowledging;
  return (
    <li className={isOpen ? 'open' : ''} data-session={alert.sessionId}>
      <span className="mon-alert-wait">
        <Elapsed seconds={alert.waitSeconds} at={at} />
      </span>
      <span className="mon-alert-who">
        <strong>{who}</strong>
        <Place alert={alert} channels={channels} />
      </span>
      {isOpen ? (
        acknowledge && (
          <button
            type="button"
            className="button small"
            aria-label={say('acknowledgeOf', { who })}
            disabled={pending === alert.sessionId}
            onClick={() => acknowledge(alert)}
          >
            {say('acknowledge')}
          </button>
        )
      ) : (
        <Acknowledgement alert={alert} />
      )}
    </li>
  );
}

/** Where somebody waits. */
export function Place({ alert, channels }: Pick<Props, 'alert' | 'channels'>) {
  const say = useMonitoringWords();
  const channel = channels.find(({ id }) => id === alert.channel)?.name ?? alert.channel;
  const parts = [alert.queue && say('alertIn', { queue: alert.queue }), channel].filter(Boolean);
  return <span className="note">{parts.join(' · ')}</span>;
}

function Acknowledgement({ alert }: { alert: Alert }) {
  const say = useMonitoringWords();
  const format = useFormat();
  const values = { who: alert.acknowledgedBy ?? '', time: format.time(alert.acknowledgedAt) };
  return (
    <span className="note mon-acknowledged">
      <span aria-hidden="true">✓</span> {say('acknowledgedBy', values)}
    </span>
  );
}
