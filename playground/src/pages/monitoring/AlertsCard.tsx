import { useEffect, useRef, useState } from 'react';
import { LiveAlerts } from '../../gql/operations';
import { useFormat } from '../../i18n/format';
import { Card } from '../../ui/Card';
import { Empty, Loading } from '../../ui/states';
import { AlertNews } from './AlertNews';
import { AlertRow } from './AlertRow';
import type { Acknowledging } from './acknowledging';
import { type Alert, countOpen, ordered } from './alerts';
import type { Floor, Said } from './floor';
import { Unanswered } from './Unanswered';
import { useMonitoringWords } from './words';

/** How many are shown before somebody asks for more. */
const FEW = 4;

interface Props {
  floor: Floor;
  acknowledging: Acknowledging;
}

/** Who waits too long, and who has seen it. */
export function AlertsCard({ floor, acknowledging }: Props) {
  const say = useMonitoringWords();
  const { said } = floor.alerts;
  return (
    <Card title={say('alerts')} source={{ operation: LiveAlerts }} className="mon-alerts">
      {said ? (
        <Alerts
          floor={floor}
          acknowledging={acknowledging}
          alerts={{ value: ordered(acknowledging.known(said.value)), at: said.at }}
        />
      ) : (
        <Unanswered part={floor.alerts} onRetry={floor.retry}>
          <Loading height={150} />
        </Unanswered>
      )}
    </Card>
  );
}

function Alerts({ floor, acknowledging, alerts }: Props & { alerts: Said<readonly Alert[]> }) {
  const say = useMonitoringWords();
  const format = useFormat();
  const [isWhole, setWhole] = useState(false);
  const all = alerts.value;
  const shown = isWhole ? all : all.slice(0, FEW);
  const total = floor.overview.said?.value.slaAlerts ?? all.length;
  const list = useFocusOnNext(countOpen(all));
  return (
    <>
      <AlertNews alerts={all} said={acknowledging.said} />
      {all.length === 0 ? (
        <NoAlerts floor={floor} />
      ) : (
        <ul ref={list} tabIndex={-1} className="mon-alert-list" aria-label={say('alerts')}>
          {shown.map((alert) => (
            <AlertRow
              key={alert.sessionId}
              alert={alert}
              at={alerts.at}
              channels={floor.channels.said?.value ?? []}
              acknowledging={acknowledging}
            />
          ))}
        </ul>
      )}
      {all.length > FEW && (
        <button type="button" className="button small" onClick={() => setWhole(!isWhole)}>
          {isWhole ? say('showLess') : say('showAll', { count: all.length })}
        </button>
      )}
      {isWhole && total > all.length && (
        <p className="note">
          {say('capped', { shown: format.count(all.length), total: format.count(total) })}
        </p>
      )}
    </>
  );
}

function NoAlerts({ floor }: { floor: Floor }) {
  const say = useMonitoringWords();
  const format = useFormat();
  const threshold = floor.queue.said?.value.serviceLevel.thresholdSeconds;
  return (
    <Empty title={say('alertsNone')}>
      {threshold !== undefined && (
        <p>{say('alertsNoneHint', { time: format.duration(threshold) })}</p>
      )}
    </Empty>
  );
}

/** A button that was pressed goes away; whoever works by keyboard comes to the next. */
function useFocusOnNext(open: number) {
  const list = useRef<HTMLUListElement>(null);
  const hadFocus = useRef(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: when one was acknowledged
  useEffect(() => {
    if (hadFocus.current && document.activeElement === document.body) {
      (list.current?.querySelector<HTMLElement>('button') ?? list.current)?.focus();
    }
  }, [open]);
  useEffect(() => {
    const note = () => {
      hadFocus.current = list.current?.contains(document.activeElement) ?? false;
    };
    document.addEventListener('focusin', note);
    return () => document.removeEventListener('focusin', note);
  }, []);
  return list;
}
