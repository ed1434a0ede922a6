import { type GraphiQLPlugin, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { pages, type SavedQuery } from './saved-queries';
import { tabFor } from './tabs';

function useOpenInNewTab(): (query: SavedQuery) => void {
  const { stop, addTab, updateActiveTabValues } = useGraphiQLActions();
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  const variableEditor = useGraphiQL((state) => state.variableEditor);
  const headerEditor = useGraphiQL((state) => state.headerEditor);

  return (query) => {
    const tab = tabFor(query, new Date());
    const headers = headerEditor?.getValue() ?? '';
    // A subscription left running would write its answers into the new tab.
    stop();
    addTab();
    queryEditor?.setValue(tab.query);
    variableEditor?.setValue(tab.variables);
    headerEditor?.setValue(headers);
    updateActiveTabValues({ ...tab, headers, operationName: query.name });
  };
}

function SavedQueries() {
  const open = useOpenInNewTab();
  return (
    <section className="saved-queries" aria-label="Saved queries">
      <h2>Saved queries</h2>
      {pages.map((page) => (
        <section key={page.title} aria-label={page.title}>
          <h3>{page.title}</h3>
          <ul>
            {page.queries.map((query) => (
              <li key={query.name}>
                <button type="button" onClick={() => open(query)}>
                  <span className="saved-query-name">{query.name}</span>
                  <span className={`saved-query-kind ${query.kind}`}>{query.kind}</span>
                  <span className="saved-query-purpose">{query.purpose}</span>
                </button>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </section>
  );
}

function BookmarkIcon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d="M6 4h12v16l-6-4.5L6 20z" strokeLinejoin="round" />
    </svg>
  );
}

export const SAVED_QUERIES_PLUGIN: GraphiQLPlugin = {
  title: 'Saved queries',
  icon: BookmarkIcon,
  content: SavedQueries,
};
