import { useCallback, useMemo } from 'react';
import { useLocation, useSearch } from 'wouter';
import type { AbandonedHandling, AgentStatus } from '../../gql/operations';
import type { Order } from '../../ui/Sortable';
import { COLUMNS, type Column, STATUSES } from './agents';

export const HANDLINGS = [
  'EXCLUDE_SHORT',
  'COUNT_ALL',
  'EXCLUDE_ALL',
] as const satisfies readonly AbandonedHandling[];

/** What is chosen on the page, as its address says it. */
export interface View {
  status: AgentStatus | null;
  name: string;
  order: Order<Column>;
  abandoned: AbandonedHandling;
  /** Whether the drawer with those who wait is open. */
  isWaitingOpen: boolean;
  /** The screen across the room, and how it looks. */
  wall: 'dark' | 'light' | null;
}

export function viewOf(search: string): View {
  const given = new URLSearchParams(search);
  const sort = given.get('sort') ?? 'status';
  const column = COLUMNS.find((name) => name === sort.replace(/^-/, '')) ?? 'status';
  const wall = given.get('wall');
  return {
    status: STATUSES.find((status) => status === given.get('status')) ?? null,
    name: given.get('name') ?? '',
    order: { column, descending: sort.startsWith('-') },
    abandoned: HANDLINGS.find((one) => one === given.get('abandoned')) ?? 'EXCLUDE_SHORT',
    isWaitingOpen: given.get('open') === 'waiting',
    wall: wall === 'light' ? 'light' : wall ? 'dark' : null,
  };
}

/** The other way round; what is as it is without a word is left out. */
export function searchOf(view: View): string {
  const given = new URLSearchParams();
  const set = (key: string, value: string | null, usual: string | null = null) => {
    if (value && value !== usual) {
      given.set(key, value);
    }
  };
  set('status', view.status);
  set('name', view.name);
  set('sort', `${view.order.descending ? '-' : ''}${view.order.column}`, 'status');
  set('abandoned', view.abandoned, 'EXCLUDE_SHORT');
  set('open', view.isWaitingOpen ? 'waiting' : null);
  set('wall', view.wall === 'dark' ? '1' : view.wall);
  return given.toString();
}

/** What is chosen, and how to choose something else; `name` is typed and makes no history. */
export function useView(): [View, (change: Partial<View>) => void] {
  const search = useSearch();
  const [, navigate] = useLocation();
  const view = useMemo(() => viewOf(search), [search]);
  const choose = useCallback(
    (change: Partial<View>) => {
      // From the address itself: two changes may come before the next drawing.
      const next = searchOf({ ...viewOf(window.location.search), ...change });
      // Relative to the page, without the slash that the service does not know it by.
      navigate(next ? `?${next}` : '', { replace: 'name' in change });
    },
    [navigate],
  );
  return [view, choose];
}
