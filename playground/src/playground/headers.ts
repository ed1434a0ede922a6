import { authorization } from '../api/credential';

/** What the headers editor begins with: what the pages send, or room for it. */
export function firstHeaders(value = authorization()): string {
  return JSON.stringify({ Authorization: value ?? '' }, null, 2);
}

/** Headers that have a value; what is left empty is not sent. */
export function filledIn(headers: Record<string, unknown> = {}): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''));
}

/** The headers with what the pages send, unless they say it themselves. */
export function withCredential(
  headers: Record<string, unknown>,
  value = authorization(),
): Record<string, unknown> {
  const isThere = Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
  return isThere || !value ? headers : { ...headers, Authorization: value };
}
