import type { Completeness, ExplainMetricQuery } from '../../../gql/operations';
import type { Tone } from '../../../ui/Badge';

export type Explained = ExplainMetricQuery['explain'];

/** How far what is told may still change, as it is said and coloured. */
export const STATES = {
  SETTLED: { word: 'settled', hint: 'settledHint', tone: 'good' },
  ROWS: { word: 'rowsState', hint: 'rowsStateHint', tone: 'info' },
  RUNNING: { word: 'running', hint: 'runningHint', tone: 'accent' },
} as const satisfies Record<Completeness, { word: string; hint: string; tone: Tone }>;

const FROM_LEAST = ['RUNNING', 'ROWS', 'SETTLED'] as const;

/** That of the least complete day. */
export function leastComplete(days: readonly { completeness: Completeness }[]): Completeness {
  const present = new Set(days.map(({ completeness }) => completeness));
  return FROM_LEAST.find((one) => present.has(one)) ?? 'SETTLED';
}

/** Whether a sum is one of milliseconds. */
export function isTime(id: string): boolean {
  return id.endsWith('_ms_sum');
}
