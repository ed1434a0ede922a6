import { createStore } from '../../../api/store';
import type { AuditOrder } from '../../../gql/operations';

export const ORDERS = ['OLDEST_FIRST', 'LOWEST_SCORE_FIRST'] as const satisfies AuditOrder[];

const KEY = 'deskpulse:queue-order';
const stored = localStorage.getItem(KEY);

/** In which order the viewer works through the queue; it stays from visit to visit. */
export const queueOrder = createStore<AuditOrder>(
  ORDERS.find((order) => order === stored) ?? 'OLDEST_FIRST',
);

export function chooseOrder(order: AuditOrder): void {
  localStorage.setItem(KEY, order);
  queueOrder.set(order);
}
