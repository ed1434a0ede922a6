import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useEffect } from 'react';
import { forgetLink } from './arrival';
import { linkedBy } from './link';
import { useOpenInNewTab } from './open-tab';
import { indexOfTab } from './tabs';

/** What the playground does beyond GraphiQL's own habits; draws nothing. */
export function Behaviour() {
  useSchemaOfLateToken();
  useWrappedLines();
  useActiveTabInSight();
  useLinks();
  return null;
}

/** Asks for the schema again after a token is typed: without one, the first request was refused. */
function useSchemaOfLateToken() {
  const { introspect } = useGraphiQLActions();
  const headerEditor = useGraphiQL((state) => state.headerEditor);
  const isMissing = useGraphiQL((state) => Boolean(state.fetchError));
  useEffect(() => {
    if (!isMissing) {
      return;
    }
    const listener = headerEditor?.onDidBlurEditorWidget(() => introspect());
    return () => listener?.dispose();
  }, [headerEditor, isMissing, introspect]);
}

/** Wraps long lines, so that the comment of a saved query can be read. */
function useWrappedLines() {
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  useEffect(() => queryEditor?.updateOptions({ wordWrap: 'on' }), [queryEditor]);
}

/** Scrolls the strip of tabs to the active one, which a saved query adds at its far end. */
function useActiveTabInSight() {
  const activeTab = useGraphiQL((state) => state.tabs[state.activeTabIndex]?.id);
  useEffect(() => {
    if (activeTab) {
      document.querySelector('.graphiql-tab-active')?.scrollIntoView({ inline: 'nearest' });
    }
  }, [activeTab]);
}

/** Follows a link of the pages that is put into the address while the playground is open. */
function useLinks() {
  const { changeTab } = useGraphiQLActions();
  const tabs = useGraphiQL((state) => state.tabs);
  const open = useOpenInNewTab();
  useEffect(() => {
    const follow = () => {
      const linked = linkedBy(window.location.hash, new Date());
      if (!linked) {
        return;
      }
      forgetLink();
      const index = indexOfTab(tabs, linked);
      if (index < 0) {
        open(linked);
      } else {
        changeTab(index);
      }
    };
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, [tabs, open, changeTab]);
}
