import type { Variables } from './placeholders';
import { pages, type SavedQuery } from './saved-queries';
import { type TabContent, tabFor } from './tabs';

/** What a tile of the pages links to: a saved operation, as it was asked. */
export interface Linked extends TabContent {
  name: string;
}

/** The operation that the hash of an address names, with its variables or else the saved ones. */
export function linkedBy(hash: string, now: Date): Linked | undefined {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const name = given.get('operation');
  const saved = pages.flatMap(({ queries }) => queries).find((query) => query.name === name);
  return saved && { name: saved.name, ...tabFor(asAsked(saved, given.get('variables')), now) };
}

function asAsked(saved: SavedQuery, json: string | null): SavedQuery {
  try {
    const variables: unknown = JSON.parse(json ?? '');
    const isObject = typeof variables === 'object' && variables !== null;
    return isObject && !Array.isArray(variables)
      ? { ...saved, variables: variables as Variables }
      : saved;
  } catch {
    return saved;
  }
}
