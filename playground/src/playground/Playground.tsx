import { explorerPlugin } from '@graphiql/plugin-explorer';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import 'graphiql/style.css';
import '@graphiql/plugin-explorer/style.css';
import './playground.css';
import { arrive } from './arrival';
import { Behaviour } from './Behaviour';
import { createFetcher } from './fetcher';
import { firstHeaders } from './headers';
import { SAVED_QUERIES_PLUGIN } from './SavedQueries';
import { storageWithoutHeaders } from './storage';
import { firstTabs } from './tabs';

const fetcher = createFetcher(window.location.href);
const storage = storageWithoutHeaders(localStorage);
const plugins = [SAVED_QUERIES_PLUGIN, explorerPlugin(), HISTORY_PLUGIN];
const now = new Date();
const headers = firstHeaders();
const tabs = firstTabs(now).map((tab) => ({ ...tab, headers }));
const opening = arrive(localStorage, tabs, now);

export function Playground() {
  return (
    <GraphiQL
      fetcher={fetcher}
      storage={storage}
      plugins={plugins}
      visiblePlugin={SAVED_QUERIES_PLUGIN}
      defaultTabs={tabs}
      defaultHeaders={headers}
      initialQuery={opening?.query}
      initialVariables={opening?.variables}
      initialHeaders={headers}
      shouldPersistHeaders={false}
      defaultEditorToolsVisibility="variables"
      schemaDescription
    >
      <GraphiQL.Logo>
        <div className="playground-title">
          <h1>
            <img src="/icon.svg" alt="" width="20" height="20" />
            Deskpulse
          </h1>
          <a href="/">Back to the pages</a>
        </div>
      </GraphiQL.Logo>
      <Behaviour />
    </GraphiQL>
  );
}
