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

/**
 * The connection of subscriptions broke. Between here and the service it may be the only one that does
 * not pass, so it is looked whether anything answers.
 */
export function noteBreak(): void {
  fetch('/healthz', { cache: 'no-store' }).catch(noteSilence);
}
