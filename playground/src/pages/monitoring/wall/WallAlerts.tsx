import { useFormat } from '../../../i18n/format';
import { Place } from '../AlertRow';
import { nameOf } from '../acknowledging';
import type { Alert } from '../alerts';
import { Elapsed } from '../Elapsed';
import type { Floor } from '../floor';
import { useMonitoringWords } from '../words';
import { WallCard } from './WallCard';

const MOST = 5;

/** Who waits too long. */
export function WallAlerts({ floor, alerts }: { floor: Floor; alerts: readonly Alert[] }) {
  const say = useMonitoringWords();
  const format = useFormat();
  const at = floor.alerts.said?.at ?? 0;
  const rest = alerts.length - MOST;
  return (
    <WallCard title={say('alerts')}>
      {alerts.length === 0 ? (
        <p className="wall-calm">
          <span aria-hidden="true">✓</span> {say('alertsNone')}
        </p>
      ) : (
        <ul className="wall-list">
          {alerts.slice(0, MOST).map((alert) => (
            <li key={alert.sessionId} className={alert.acknowledgedBy === null ? 'open' : ''}>
              <span className="wall-main">
                {nameOf(alert)}
                {alert.acknowledgedBy === null ? (
                  <Place alert={alert} channels={floor.channels.said?.value ?? []} />
                ) : (
                  <span className="note">
                    <span aria-hidden="true">✓</span> {alert.acknowledgedBy}
                  </span>
                )}
              </span>
              <strong className="number">
                <Elapsed seconds={alert.waitSeconds} at={at} />
              </strong>
            </li>
          ))}
        </ul>
      )}
      {rest > 0 && <p className="note">{say('more', { shown: format.count(rest) })}</p>}
    </WallCard>
  );
}
