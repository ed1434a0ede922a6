import { useSyncExternalStore } from 'react';

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let now = Date.now();

/** Calls each second. Gives the way to end it. */
export function onSecond(listener: () => void): () => void {
  if (timer === undefined) {
    now = Date.now();
    timer = setInterval(tick, 1000);
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

function tick(): void {
  now = Date.now();
  for (const listener of listeners) {
    listener();
  }
}

/** The browser's clock, anew each second: one timer for all that count. */
export function useSecond(): number {
  return useSyncExternalStore(onSecond, () => now);
}

/**
 * What the service said so many seconds of, as it is by now: what has passed since is measured by one
 * clock, so that it does not matter by how much that of the browser is wrong.
 */
export function grown(seconds: number, at: number, present: number): number {
  return Math.floor(seconds + Math.max(0, present - at) / 1000);
}

/** The time of the service, from an instant that it said and when that came. */
export function serverTime(asOf: string, at: number, present: number): number {
  return Date.parse(asOf) + Math.max(0, present - at);
}
