import type { DashboardFiguresQuery } from '../../gql/operations';
import type { Format } from '../../i18n/format';

export type Curves = DashboardFiguresQuery['curves'];

export interface Curve {
  /** Along the bottom, as they are shown. */
  points: string[];
  values: (number | null)[];
  previous: (number | null)[];
}

const NOTHING: Curve = { points: [], values: [], previous: [] };

/** A figure over the period; what has not begun yet has no value, nor one before it. */
export function curveOf(
  { asOf, series }: Curves,
  id: string,
  isByHour: boolean,
  format: Format,
): Curve {
  const points = series.find(({ metric }) => metric.id === id)?.points;
  if (!points) {
    return NOTHING;
  }
  const now = Date.parse(asOf);
  return {
    points: points.map(({ start, date }) =>
      // An hour without its minutes' seconds.
      isByHour ? format.time(start).slice(0, 5) : format.shortDate(date),
    ),
    values: points.map(({ start, figure }) => (Date.parse(start) <= now ? figure.value : null)),
    // The API takes only as much of the time before as has passed of this one.
    previous: points.map(({ start, figure }) =>
      Date.parse(start) <= now ? figure.previous : null,
    ),
  };
}
