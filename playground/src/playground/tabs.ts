import { fillIn } from './placeholders';
import { pages, type SavedQuery } from './saved-queries';

export interface TabContent {
  query: string;
  variables: string;
}

/** A tab as GraphiQL keeps it. */
interface StoredTab {
  id: string;
  title: string;
  query: string | null;
  variables: string | null;
  headers: null;
  operationName: string | null;
  response: null;
}

interface StoredTabs {
  tabs: StoredTab[];
  activeTabIndex: number;
}

/** A saved query as a tab shows it, its dates counted from `now`. */
export function tabFor({ text, variables }: SavedQuery, now: Date): TabContent {
  const filled = fillIn(variables, now);
  const isEmpty = Object.keys(filled).length === 0;
  return { query: `${text}\n`, variables: isEmpty ? '' : JSON.stringify(filled, null, 2) };
}

/** What a first visit opens: the first query of each page. */
export function firstTabs(now: Date): (TabContent & { name: string })[] {
  return pages
    .flatMap((page) => page.queries.slice(0, 1))
    .map((query) => ({ name: query.name, ...tabFor(query, now) }));
}

/**
 * The tab that is in front when the page opens: `stored`, as GraphiQL keeps its tabs, or the first
 * of `tabs`. GraphiQL itself looks for the last edited text, which it stores apart and a moment
 * later: reloaded in between, it would open one tab more.
 */
export function openingTab(
  stored: string | null,
  tabs: readonly TabContent[],
): TabContent | undefined {
  const { tabs: kept, activeTabIndex } = parsed(stored) ?? {};
  const active = kept?.[activeTabIndex ?? -1];
  return active ? contentOf(active) : tabs[0];
}

/** Where a tab with just this content is, of those that are kept; −1 where there is none. */
export function indexOfTab(tabs: readonly TabContentOrNone[], content: TabContent): number {
  return tabs.findLastIndex((tab) => {
    const { query, variables } = contentOf(tab);
    return query === content.query && variables === content.variables;
  });
}

/**
 * The tabs as GraphiQL keeps them with a linked operation in front: the tab that holds it already,
 * or one more behind those of an earlier visit, or else behind `tabs`.
 */
export function withLinked(
  stored: string | null,
  tabs: readonly (TabContent & { name: string })[],
  linked: TabContent & { name: string },
): string {
  const kept = parsed(stored)?.tabs ?? tabs.map(storedTab);
  const index = indexOfTab(kept, linked);
  const all = index < 0 ? [...kept, storedTab(linked)] : kept;
  return JSON.stringify({ tabs: all, activeTabIndex: index < 0 ? kept.length : index });
}

type TabContentOrNone = { query?: string | null; variables?: string | null };

function contentOf({ query, variables }: TabContentOrNone): TabContent {
  return { query: query ?? '', variables: variables ?? '' };
}

function storedTab({ name, query, variables }: TabContent & { name: string }): StoredTab {
  return {
    // No randomUUID: browsers have it over TLS only.
    id: `${name}-${Math.random().toString(36).slice(2)}`,
    title: name,
    query,
    variables,
    headers: null,
    operationName: name,
    response: null,
  };
}

function parsed(stored: string | null): StoredTabs | undefined {
  try {
    const state: StoredTabs = JSON.parse(stored ?? '');
    return state.tabs.length > 0 ? state : undefined;
  } catch {
    return undefined;
  }
}
