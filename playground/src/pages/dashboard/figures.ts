import type { MetricUnit } from '../../gql/operations';
import type { Format } from '../../i18n/format';

/** Which way is good for the customers; neither, where a figure only says how much there was. */
type Good = 'up' | 'down' | 'neither';

export interface Declared {
  unit: MetricUnit;
  good: Good;
}

const count = (good: Good = 'neither'): Declared => ({ unit: 'COUNT', good });
const seconds: Declared = { unit: 'SECONDS', good: 'down' };
const percent: Declared = { unit: 'PERCENT', good: 'up' };

/** The figures of the page, by the ids of the catalogue. */
export const FIGURES = {
  total_sessions: count(),
  completed_sessions: count(),
  ai_resolved: count('up'),
  transferred: count(),
  answered: count(),
  abandoned: count('down'),
  rating_count: count(),
  avg_rating: { unit: 'SCORE', good: 'up' },
  satisfaction_rate: percent,
  auto_resolve_rate: percent,
  service_level: percent,
  avg_response_time: seconds,
  avg_ai_response_time: seconds,
  avg_agent_response_time: seconds,
  p50_response_time: seconds,
  p90_response_time: seconds,
  p99_response_time: seconds,
  avg_speed_of_answer: seconds,
  p50_wait: seconds,
  p90_wait: seconds,
  p99_wait: seconds,
  p50_handle_time: seconds,
  p90_handle_time: seconds,
  p99_handle_time: seconds,
  avg_session_duration: seconds,
  p50_session_duration: seconds,
  p90_session_duration: seconds,
  p99_session_duration: seconds,
} as const satisfies Record<string, Declared>;

export type FigureId = keyof typeof FIGURES;

export function isFigure(id: string | null | undefined): id is FigureId {
  return id !== null && id !== undefined && id in FIGURES;
}

/** A figure's value as it is read. */
export function tell(format: Format, unit: MetricUnit, value: number | null | undefined): string {
  switch (unit) {
    case 'SECONDS':
      return format.duration(value);
    case 'PERCENT':
      return format.percent(value);
    case 'SCORE':
      return format.decimal(value);
    default:
      return format.count(value);
  }
}
