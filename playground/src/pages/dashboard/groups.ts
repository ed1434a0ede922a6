import type { DashboardBreakdownQuery } from '../../gql/operations';
import type { Order } from '../../ui/Sortable';
import type { FigureId } from './figures';

type Series = DashboardBreakdownQuery['byChannel']['series'];

/** One row of a breakdown. */
export interface GroupRow {
  /** Null for rows that have none, and for all but the largest groups together. */
  value: string | null;
  isOther: boolean;
  /** Of all sessions, in percent. */
  share: number | null;
  figures: Partial<Record<FigureId, number | null>>;
}

/** The series of a breakdown, one row for each group, the largest first. */
export function rowsOf(series: Series): GroupRow[] {
  const rows = new Map<string, GroupRow>();
  for (const { metric, group, isOther, total } of series) {
    const value = group[0]?.value ?? null;
    const key = JSON.stringify([value, isOther]);
    const row = rows.get(key) ?? { value, isOther, share: null, figures: {} };
    row.figures[metric.id as FigureId] = total.value;
    rows.set(key, row);
  }
  const all = [...rows.values()];
  const sum = all.reduce((before, row) => before + (row.figures.total_sessions ?? 0), 0);
  return all.map((row) => ({
    ...row,
    share: sum > 0 ? ((row.figures.total_sessions ?? 0) / sum) * 100 : null,
  }));
}

export type GroupColumn = 'name' | FigureId;

/** Rows in the order of a column; unknown values last, either way. */
export function sorted(rows: readonly GroupRow[], order: Order<GroupColumn>): GroupRow[] {
  const way = order.descending ? -1 : 1;
  const { column } = order;
  return [...rows].sort((one, other) => {
    if (column === 'name') {
      return way * (one.value ?? '').localeCompare(other.value ?? '');
    }
    const [a, b] = [one.figures[column] ?? null, other.figures[column] ?? null];
    if (a === null || b === null) {
      return Number(a === null) - Number(b === null);
    }
    return way * (a - b);
  });
}
