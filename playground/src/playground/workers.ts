import type { Environment } from 'monaco-editor';
import EditorWorker from './workers/editor?worker';
import GraphQLWorker from './workers/graphql?worker';
import JsonWorker from './workers/json?worker';

// `graphiql/setup-workers/vite` would do the same, but Vite's development server cannot load it.
const environment: Environment = {
  getWorker(_id, label) {
    switch (label) {
      case 'graphql':
        return new GraphQLWorker();
      case 'json':
        return new JsonWorker();
      default:
        return new EditorWorker();
    }
  },
};
window.MonacoEnvironment = environment;
