import { useEffect, useRef, useState } from 'react';
import type { Acknowledging } from './acknowledging';
import { type Alert, countNew } from './alerts';
import { useMonitoringWords } from './words';

interface Props {
  alerts: readonly Alert[];
  said: Acknowledging['said'];
}

/** Tells those who do not see the list of new alerts, and everybody what went wrong. */
export function AlertNews({ alerts, said }: Props) {
  const say = useMonitoringWords();
  const before = useRef(alerts);
  const [count, setCount] = useState(0);
  useEffect(() => {
    const more = countNew(before.current, alerts);
    before.current = alerts;
    if (more > 0) {
      setCount(more);
    }
  }, [alerts]);
  return (
    <>
      <p className="visually-hidden" role="status">
        {count > 0 && say('newAlerts', { count })}
      </p>
      <p className={said?.isMistake ? 'bad-text' : 'visually-hidden'} role="status">
        {said?.text}
      </p>
    </>
  );
}
