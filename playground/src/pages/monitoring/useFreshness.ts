import { type RefObject, useEffect, useRef, useState } from 'react';
import { unlinkedSince } from '../../api/live';
import { onSecond } from './clock';
import { type Freshness, freshnessOf } from './freshness';

/** How fresh the page is; drawn anew only when that changes. */
export function useFreshness(heardAt: RefObject<number | undefined>): Freshness {
  const [freshness, setFreshness] = useState<Freshness>('live');
  const seenSince = useRef(Date.now());
  useEffect(() => {
    const noteSeen = () => {
      if (document.visibilityState === 'visible') {
        seenSince.current = Date.now();
      }
    };
    const look = () =>
      setFreshness(
        freshnessOf({
          now: Date.now(),
          heardAt: heardAt.current,
          unlinkedSince: unlinkedSince.get(),
          seenSince: seenSince.current,
        }),
      );
    document.addEventListener('visibilitychange', noteSeen);
    const end = onSecond(look);
    return () => {
      document.removeEventListener('visibilitychange', noteSeen);
      end();
    };
  }, [heardAt]);
  return freshness;
}
