import type { Order } from '../../ui/Sortable';

/** The columns that sort the models. */
export const MODEL_COLUMNS = [
  { column: 'model', word: 'model', isNumber: false },
  { column: 'cost', word: 'costHead', isNumber: true },
  { column: 'calls', word: 'calls', isNumber: true },
  { column: 'tokens', word: 'tokens', isNumber: true },
] as const;

export type ModelColumn = (typeof MODEL_COLUMNS)[number]['column'];

interface Row {
  model: string | null;
  totalTokens: number;
  totalApiCalls: number;
  knownCost: string;
}

/** As the API has them. */
const USUAL: Order<ModelColumn> = { column: 'tokens', descending: true };

/** The order that the address names: `cost`, or `-cost` for the highest first. */
export function orderIn(sort: string | null): Order<ModelColumn> {
  const descending = sort?.startsWith('-') ?? false;
  const name = descending ? sort?.slice(1) : sort;
  const found = MODEL_COLUMNS.find(({ column }) => column === name);
  return found ? { column: found.column, descending } : USUAL;
}

/** How the address names an order; null for the usual one. */
export function addressOf({ column, descending }: Order<ModelColumn>): string | null {
  const isUsual = column === USUAL.column && descending === USUAL.descending;
  return isUsual ? null : `${descending ? '-' : ''}${column}`;
}

/** The rows in an order; of equal ones that of the API stays. */
export function sorted<R extends Row>(rows: readonly R[], order: Order<ModelColumn>): R[] {
  const sign = order.descending ? -1 : 1;
  const compare = (one: Row, other: Row) => {
    switch (order.column) {
      case 'model':
        return (one.model ?? '').localeCompare(other.model ?? '');
      case 'cost':
        return Number(one.knownCost) - Number(other.knownCost);
      case 'calls':
        return one.totalApiCalls - other.totalApiCalls;
      case 'tokens':
        return one.totalTokens - other.totalTokens;
    }
  };
  return [...rows].sort((one, other) => sign * compare(one, other));
}
