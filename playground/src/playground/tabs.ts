import { fillIn } from './placeholders';
import { pages, type SavedQuery } from './saved-queries';

export interface TabContent {
  query: string;
  variables: string;
}

/** A saved query as a tab shows it, its dates counted from `now`. */
export function tabFor({ text, variables }: SavedQuery, now: Date): TabContent {
  const filled = fillIn(variables, now);
  const isEmpty = Object.keys(filled).length === 0;
  return { query: `${text}\n`, variables: isEmpty ? '' : JSON.stringify(filled, null, 2) };
}

/** What a first visit opens: the first query of each page. */
export function firstTabs(now: Date): TabContent[] {
  return pages.flatMap((page) => page.queries.slice(0, 1)).map((query) => tabFor(query, now));
}

/**
 * The tab that is in front when the page opens: `stored`, as GraphiQL keeps its tabs, or the first
 * of `tabs`. GraphiQL itself looks for the last edited text, which it stores apart and a moment
 * later: reloaded in between, it would open one tab more.
 */
export function openingTab(stored: string | null, tabs: TabContent[]): TabContent | undefined {
  try {
    const { tabs, activeTabIndex } = JSON.parse(stored ?? '');
    const { query, variables } = tabs[activeTabIndex];
    return { query: query ?? '', variables: variables ?? '' };
  } catch {
    return tabs[0];
  }
}
