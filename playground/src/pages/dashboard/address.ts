import { type Day, plusDays } from '../../i18n/dates';
import type { Order } from '../../ui/Sortable';
import { type FigureId, isFigure } from './figures';

/** Stretches of days that end today. */
export const PERIODS = { today: 1, '7d': 7, '30d': 30, '90d': 90 } as const;
export type Period = keyof typeof PERIODS;

/** Of a dimension: all rows, those of one value, or (null) those that have none. */
export type Chosen = string | null | undefined;

/** What is chosen, as the address bar holds it. */
export interface View {
  period: Period;
  /** The days of the period, both included. */
  from: Day;
  to: Day;
  product: Chosen;
  channel: Chosen;
}

export function viewOf(params: URLSearchParams, today: Day): View {
  const period = Object.keys(PERIODS).find((name) => name === params.get('period')) ?? '7d';
  return {
    period: period as Period,
    from: plusDays(today, 1 - PERIODS[period as Period]),
    to: today,
    product: chosenOf(params, 'product'),
    channel: chosenOf(params, 'channel'),
  };
}

/** Empty, as in exports, stands for rows that have none. */
function chosenOf(params: URLSearchParams, name: string): Chosen {
  const value = params.get(name);
  return value === null ? undefined : value === '' ? null : value;
}

/** A choice as it stands in the address; null takes it out. */
export function written(chosen: Chosen): string | null {
  return chosen === undefined ? null : (chosen ?? '');
}

/** The filter of the API for what is chosen. */
export function filterOf({ product, channel }: Pick<View, 'product' | 'channel'>) {
  return {
    ...(product !== undefined && { products: [product] }),
    ...(channel !== undefined && { channels: [channel] }),
  };
}

/** The order of a table: `-total_sessions` is the most first. */
export function orderOf<Column extends string>(
  written: string | null,
  columns: readonly Column[],
  usual: Order<Column>,
): Order<Column> {
  const column = columns.find((name) => name === written?.replace(/^-/, ''));
  return column ? { column, descending: written?.startsWith('-') ?? false } : usual;
}

export function writtenOrder({ column, descending }: Order<string>): string {
  return `${descending ? '-' : ''}${column}`;
}

/** A group of a breakdown whose figure is explained. */
export interface Group {
  dimension: 'product' | 'channel';
  value: string | null;
}

/** Which figure is explained, over which days, and of which rows. */
export interface Explaining extends Pick<View, 'from' | 'to' | 'product' | 'channel'> {
  metric: FigureId;
}

/**
 * What `?explain=` opens: `over` is one day where it is not the period, `of` a group of a
 * breakdown, `channel:web`.
 */
export function explainingOf(params: URLSearchParams, view: View): Explaining | null {
  const metric = params.get('explain');
  if (!isFigure(metric)) {
    return null;
  }
  const over = params.get('over');
  const isDay = over !== null && /^\d{4}-\d{2}-\d{2}$/.test(over);
  const group = groupOf(params.get('of'));
  return {
    metric,
    from: isDay ? over : view.from,
    to: isDay ? over : view.to,
    product: group?.dimension === 'product' ? group.value : view.product,
    channel: group?.dimension === 'channel' ? group.value : view.channel,
  };
}

export function writtenGroup({ dimension, value }: Group): string {
  return `${dimension}:${value ?? ''}`;
}

function groupOf(written: string | null): Group | null {
  const [, dimension, value] = /^(product|channel):(.*)$/s.exec(written ?? '') ?? [];
  return dimension ? { dimension: dimension as Group['dimension'], value: value || null } : null;
}
