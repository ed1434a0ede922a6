/** How fresh what is shown is. */
export type Freshness =
  /** Changes come as they happen. */
  | 'live'
  /** Changes do not come by themselves; what is shown is asked for again and again. */
  | 'polled'
  /** Nothing has been heard for longer than it may take. */
  | 'stale';

/** How often the queue is asked for. */
export const POLL_MS = 3000;
/** Three answers that did not come, and what an answer may take. */
const STALE_MS = 3 * POLL_MS + 1000;
/** A reconnection takes a moment, and is not worth a word. */
const UNLINKED_MS = 4000;

interface Heard {
  now: number;
  /** When the service was heard last: an answer or a message. */
  heardAt: number | undefined;
  /** Since when subscriptions have no connection; null while they have. */
  unlinkedSince: number | null;
  /** Since when the page is seen: a hidden one asks nothing. */
  seenSince: number;
}

export function freshnessOf({ now, heardAt, unlinkedSince, seenSince }: Heard): Freshness {
  if (now - Math.max(heardAt ?? 0, seenSince) > STALE_MS) {
    return 'stale';
  }
  return unlinkedSince !== null && now - Math.max(unlinkedSince, seenSince) > UNLINKED_MS
    ? 'polled'
    : 'live';
}
