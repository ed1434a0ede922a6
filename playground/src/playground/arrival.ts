import { linkedBy } from './link';
import type { TabContent } from './tabs';
import { openingTab, withLinked } from './tabs';

const TABS = 'graphiql:tabState';

/**
 * Puts the operation that the address names in front of the tabs that are kept, before GraphiQL reads
 * them, and takes it out of the address: loaded again, the page opens no other tab.
 */
export function arrive(
  storage: Pick<Storage, 'getItem' | 'setItem'>,
  tabs: readonly (TabContent & { name: string })[],
  now: Date,
): TabContent | undefined {
  const linked = linkedBy(window.location.hash, now);
  if (linked) {
    storage.setItem(TABS, withLinked(storage.getItem(TABS), tabs, linked));
    forgetLink();
  }
  return openingTab(storage.getItem(TABS), tabs);
}

export function forgetLink(): void {
  const { pathname, search } = window.location;
  window.history.replaceState(window.history.state, '', `${pathname}${search}`);
}
