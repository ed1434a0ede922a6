import type { LiveAlertsSubscription } from '../../gql/operations';

export type Alert = LiveAlertsSubscription['alerts'][number];

/** First those that nobody has acknowledged, each part by its wait, the longest first. */
export function ordered(alerts: readonly Alert[]): Alert[] {
  return [...alerts].sort(
    (a, b) =>
      Number(a.acknowledgedBy !== null) - Number(b.acknowledgedBy !== null) ||
      Date.parse(a.waitingSince) - Date.parse(b.waitingSince) ||
      a.sessionId.localeCompare(b.sessionId),
  );
}

/** How many nobody has acknowledged. */
export function countOpen(alerts: readonly Alert[]): number {
  return alerts.filter(({ acknowledgedBy }) => acknowledgedBy === null).length;
}

/** How many are there that were not before. */
export function countNew(before: readonly Alert[], alerts: readonly Alert[]): number {
  const known = new Set(before.map(({ sessionId }) => sessionId));
  return alerts.filter(({ sessionId }) => !known.has(sessionId)).length;
}
