import { useAnswer } from '../../api/answers';
import { DashboardBreakdown, DashboardFigures, DashboardToday } from '../../gql/operations';
import { filterOf, type View } from './address';
import type { Compared } from './change';
import { FIGURES, type FigureId } from './figures';

const TODAY_MS = 5_000;
const PERIOD_MS = 15_000;
const BREAKDOWN_MS = 30_000;

/** The tiles of today. */
export const TODAY = [
  'total_sessions',
  'auto_resolve_rate',
  'avg_response_time',
  'satisfaction_rate',
  'service_level',
  'avg_speed_of_answer',
  'abandoned',
] as const satisfies FigureId[];

/** What the trend shows, one at a time. */
export const TRENDS = [
  'total_sessions',
  'auto_resolve_rate',
  'avg_response_time',
  'satisfaction_rate',
] as const satisfies FigureId[];

/** The curves of AI against people. */
export const RESOLUTION = ['ai_resolved', 'transferred', 'abandoned'] as const satisfies FigureId[];

/** The columns of a breakdown; the first one says which group is the largest. */
export const COLUMNS = [
  'total_sessions',
  'auto_resolve_rate',
  'avg_response_time',
  'satisfaction_rate',
] as const satisfies FigureId[];

export function useToday(view: View) {
  const variables = { ids: [...TODAY], today: view.to, filter: filterOf(view) };
  const answer = useAnswer(DashboardToday, variables, { everyMs: TODAY_MS });
  return { answer, source: { operation: DashboardToday, variables } };
}

export function useFigures(view: View) {
  const { from, to, period } = view;
  const variables = {
    ids: Object.keys(FIGURES),
    curves: [...TRENDS, ...RESOLUTION],
    from,
    to,
    grain: period === 'today' ? ('HOUR' as const) : ('DAY' as const),
    filter: filterOf(view),
  };
  const answer = useAnswer(DashboardFigures, variables, { everyMs: PERIOD_MS });
  return { answer, source: { operation: DashboardFigures, variables } };
}

export function useBreakdown({ from, to, product, channel }: View) {
  const variables = {
    ids: [...COLUMNS],
    from,
    to,
    withinProduct: filterOf({ product, channel: undefined }),
    withinChannel: filterOf({ product: undefined, channel }),
  };
  const answer = useAnswer(DashboardBreakdown, variables, { everyMs: BREAKDOWN_MS });
  return { answer, source: { operation: DashboardBreakdown, variables } };
}

const UNKNOWN: Compared = { value: null, previous: null, delta: null, ratio: null };

/** A figure among those that were answered. */
export function figureOf(
  series: readonly { metric: { id: string }; total: Compared }[],
  id: FigureId,
): Compared {
  return series.find(({ metric }) => metric.id === id)?.total ?? UNKNOWN;
}
