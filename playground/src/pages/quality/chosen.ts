import type { AuditFilter, AuditSort, AuditStatus, AuditType } from '../../gql/operations';
import { endOfDay, startOfDay } from './days';

export const STATUSES = ['PENDING_REVIEW', 'PASSED', 'FAILED'] as const satisfies AuditStatus[];
export const TYPES = ['AUTO', 'MANUAL'] as const satisfies AuditType[];
export const SORTS = [
  'NEWEST',
  'OLDEST',
  'HIGHEST_SCORE',
  'LOWEST_SCORE',
] as const satisfies AuditSort[];
export const SIZES = [10, 25, 50, 100] as const;

/** What the list shows, as the address bar holds it; null narrows nothing. */
export interface Chosen {
  page: number;
  size: number;
  sort: AuditSort;
  status: AuditStatus | null;
  by: AuditType | null;
  agent: string | null;
  customer: string | null;
  type: string | null;
  session: string | null;
  min: number | null;
  max: number | null;
  /** Calendar dates, both included. */
  from: string | null;
  to: string | null;
}

export const ALL: Chosen = {
  page: 1,
  size: 25,
  sort: 'NEWEST',
  status: null,
  by: null,
  agent: null,
  customer: null,
  type: null,
  session: null,
  min: null,
  max: null,
  from: null,
  to: null,
};

/** Reads what is chosen; what makes no sense there is as if it were not there. */
export function readChosen(params: URLSearchParams): Chosen {
  const text = (name: string) => params.get(name)?.trim() || null;
  const score = (name: string) => whole(params.get(name), 0, 100);
  const day = (name: string) => {
    const given = params.get(name) ?? '';
    return /^\d{4}-\d{2}-\d{2}$/.test(given) && !Number.isNaN(Date.parse(given)) ? given : null;
  };
  return {
    page: whole(params.get('page'), 1, 1_000_000) ?? ALL.page,
    size: SIZES.find((size) => String(size) === params.get('size')) ?? ALL.size,
    sort: oneOf(SORTS, params.get('sort')) ?? ALL.sort,
    status: oneOf(STATUSES, params.get('status')),
    by: oneOf(TYPES, params.get('by')),
    agent: text('agent'),
    customer: text('customer')?.slice(0, 100) ?? null,
    type: text('type'),
    session: text('session'),
    min: score('min'),
    max: score('max'),
    from: day('from'),
    to: day('to'),
  };
}

/** What the address bar holds after a change; another list begins at its first page. */
export function writeChosen(chosen: Chosen, change: Partial<Chosen>): URLSearchParams {
  const next = { ...chosen, page: 1, ...change };
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(next)) {
    if (value !== null && value !== ALL[name as keyof Chosen]) {
      params.set(name, String(value));
    }
  }
  return params;
}

/** Everything that narrows the list taken away; size and order stay. */
export function unfiltered({ size, sort }: Chosen): Chosen {
  return { ...ALL, size, sort };
}

export function isFiltered(chosen: Chosen): boolean {
  return filterOf(chosen, 'UTC') !== null;
}

/** The filter as the API takes it; null when nothing narrows the list. */
export function filterOf(chosen: Chosen, timeZone: string): AuditFilter | null {
  const { status, by, agent, customer, type, session, min, max, from, to } = chosen;
  const filter: AuditFilter = {
    ...(status && { status }),
    ...(by && { auditType: by }),
    ...(agent && { agentId: agent }),
    ...(session && { sessionId: session }),
    ...(customer && { customer }),
    ...(type && { type }),
    ...(min !== null && { minScore: min }),
    ...(max !== null && { maxScore: max }),
    ...(from && { from: startOfDay(from, timeZone) }),
    ...(to && { to: endOfDay(to, timeZone) }),
  };
  return Object.keys(filter).length > 0 ? filter : null;
}

/** The same filter for the export of the list. */
export function exportParameters(filter: AuditFilter | null): Record<string, string> {
  return Object.fromEntries(
    Object.entries(filter ?? {}).map(([name, value]) => [name, String(value)]),
  );
}

function oneOf<Value extends string>(values: readonly Value[], given: string | null) {
  return values.find((value) => value === given) ?? null;
}

function whole(given: string | null, least: number, most: number): number | null {
  if (given === null || !/^\d{1,7}$/.test(given)) {
    return null;
  }
  const value = Number(given);
  return value >= least && value <= most ? value : null;
}
