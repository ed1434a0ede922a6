import { createStore } from './store';

/** Since when the service does not answer, in milliseconds of the clock; null while it does. */
export const silentSince = createStore<number | null>(null);

/** Heard of the service. */
export function noteAnswer(): void {
  silentSince.set(null);
}

/** Nothing answered. */
export function noteSilence(): void {
  if (silentSince.get() === null) {
    silentSince.set(Date.now());
  }
}
