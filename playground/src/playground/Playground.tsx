import { explorerPlugin } from '@graphiql/plugin-explorer';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import 'graphiql/style.css';
import '@graphiql/plugin-explorer/style.css';
import './playground.css';
import { Behaviour } from './Behaviour';
import { createFetcher } from './fetcher';
import { SAVED_QUERIES_PLUGIN } from './SavedQueries';
import { storageWithoutHeaders } from './storage';
import { firstTabs, openingTab } from './tabs';

const fetcher = createFetcher(window.location.href);
const storage = storageWithoutHeaders(localStorage);
const plugins = [SAVED_QUERIES_PLUGIN, explorerPlugin(), HISTORY_PLUGIN];
const tabs = firstTabs(new Date());
const opening = openingTab(storage.getItem('graphiql:tabState'), tabs);

export function Playground() {
  return (
    <GraphiQL
      fetcher={fetcher}
      storage={storage}
      plugins={plugins}
      visiblePlugin={SAVED_QUERIES_PLUGIN}
      defaultTabs={tabs}
      initialQuery={opening?.query}
      initialVariables={opening?.variables}
      shouldPersistHeaders={false}
      defaultEditorToolsVisibility="variables"
      schemaDescription
    >
      <GraphiQL.Logo>
        <h1 className="playground-title">
          <img src="/icon.svg" alt="" width="20" height="20" />
          Deskpulse
        </h1>
      </GraphiQL.Logo>
      <Behaviour />
    </GraphiQL>
  );
}
