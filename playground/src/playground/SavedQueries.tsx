import type { GraphiQLPlugin } from '@graphiql/react';
import { useOpenInNewTab } from './open-tab';
import { pages } from './saved-queries';
import { tabFor } from './tabs';

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
                <button
                  type="button"
                  onClick={() => open({ name: query.name, ...tabFor(query, new Date()) })}
                >
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
