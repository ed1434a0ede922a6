import { useEffect, useState } from 'react';
import { silentSince } from '../api/reach';
import { useStore } from '../api/store';
import { useFormat } from '../i18n/format';
import { useShellWords } from './words';

/** How long nothing has been heard before it is said: a reconnection takes a moment. */
const PATIENCE_MS = 2000;

/** The present time in milliseconds, anew each second. */
export function useNow(everyMs = 1000): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

/** Says that the service is away, and for how long. */
export function SilenceBanner() {
  const since = useStore(silentSince);
  return since === null ? null : <Silence since={since} />;
}

function Silence({ since }: { since: number }) {
  const say = useShellWords();
  const format = useFormat();
  const now = useNow();
  if (now - since < PATIENCE_MS) {
    return null;
  }
  const time = format.duration(Math.floor((now - since) / 1000));
  return (
    <div className="banner bad" role="alert" data-testid="silence">
      {say('silent', { time })}
    </div>
  );
}
