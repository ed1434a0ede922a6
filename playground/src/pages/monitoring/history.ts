import { useEffect, useRef, useState } from 'react';
import { onSecond } from './clock';
import type { Overview } from './floor';

const EVERY_MS = 5000;
/** Ten minutes. */
const MOST = 120;

export interface History {
  active: readonly number[];
  waiting: readonly number[];
  load: readonly number[];
  /** Seconds from the first to the last. */
  seconds: number;
}

const NONE: History = { active: [], waiting: [], load: [], seconds: 0 };

/** What the tiles have shown since the page was opened, for their small curves. */
export function useHistory(overview: Overview | undefined): History {
  const [history, setHistory] = useState(NONE);
  const present = useRef(overview);
  present.current = overview;
  const isKnown = overview !== undefined;
  useEffect(() => {
    if (!isKnown) {
      return;
    }
    let last = 0;
    return onSecond(() => {
      if (present.current && Date.now() - last >= EVERY_MS) {
        last = Date.now();
        const figures = present.current;
        setHistory((before) => plus(before, figures));
      }
    });
  }, [isKnown]);
  return history;
}

export function plus(before: History, overview: Overview): History {
  const add = (values: readonly number[], value: number) => [...values, value].slice(-MOST);
  const active = add(before.active, overview.activeSessions);
  return {
    active,
    waiting: add(before.waiting, overview.queueCount),
    load: add(before.load, overview.systemLoad ?? 0),
    seconds: ((active.length - 1) * EVERY_MS) / 1000,
  };
}
