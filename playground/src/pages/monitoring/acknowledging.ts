import { useState } from 'react';
import { useChange } from '../../api/answers';
import { codeOf } from '../../api/failure';
import { AcknowledgeAlert, MonitoringQueue } from '../../gql/operations';
import { useMay } from '../../shell/viewer';
import type { Alert } from './alerts';
import { useMonitoringWords } from './words';

type Acknowledged = Pick<Alert, 'acknowledgedBy' | 'acknowledgedAt'>;

export interface Acknowledging {
  /** Left out for those who may not. */
  acknowledge?: (alert: Alert) => void;
  /** The session that is being acknowledged. */
  pending: string | undefined;
  /** What came of the last one. */
  said: { text: string; isMistake: boolean } | undefined;
  /** With what was acknowledged here, until the service tells it as well. */
  known(alerts: readonly Alert[]): Alert[];
}

/** Lets the viewer say that an alert has been seen. */
export function useAcknowledging(): Acknowledging {
  const say = useMonitoringWords();
  const may = useMay('ACKNOWLEDGE_ALERTS');
  const change = useChange(AcknowledgeAlert, [MonitoringQueue]);
  const [done, setDone] = useState<Record<string, Acknowledged>>({});
  const [said, setSaid] = useState<Acknowledging['said']>();
  const acknowledge = (alert: Alert) => {
    const who = nameOf(alert);
    change.mutate(
      { sessionId: alert.sessionId },
      {
        onSuccess: ({ acknowledgeAlert }) => {
          setDone((before) => ({ ...before, [alert.sessionId]: acknowledgeAlert }));
          setSaid({ text: say('acknowledged', { who }), isMistake: false });
        },
        onError: (error) => {
          const key = codeOf(error) === 'NOT_FOUND' ? 'waitsNoMore' : 'notAcknowledged';
          setSaid({ text: say(key, { who }), isMistake: true });
        },
      },
    );
  };
  return {
    ...(may && { acknowledge }),
    pending: change.isPending ? change.variables.sessionId : undefined,
    said,
    known: (alerts) =>
      alerts.map((alert) => {
        const own = alert.acknowledgedBy === null ? done[alert.sessionId] : undefined;
        return own ? { ...alert, ...pick(own) } : alert;
      }),
  };
}

function pick({ acknowledgedBy, acknowledgedAt }: Acknowledged): Acknowledged {
  return { acknowledgedBy, acknowledgedAt };
}

/** Whom an alert is about. */
export function nameOf({ customerName, sessionId }: Alert): string {
  return customerName ?? sessionId;
}
