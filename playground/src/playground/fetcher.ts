import {
  createGraphiQLFetcher,
  type Fetcher,
  type FetcherOpts,
  type FetcherParams,
} from '@graphiql/toolkit';
import { type DocumentNode, Kind, parse, stripIgnoredCharacters } from 'graphql';
import { createClient } from 'graphql-ws';
import { socketUrl } from '../api/socket-url';
import { filledIn, withCredential } from './headers';

type Headers = Record<string, unknown>;

/** The name under which GraphiQL asks for the schema. */
const INTROSPECTION = 'IntrospectionQuery';

/** The payload of connection_init: a browser cannot set headers on a WebSocket. */
export function connectionParams(headers: Headers = {}): { Authorization: string } | undefined {
  const name = Object.keys(headers).find((key) => key.toLowerCase() === 'authorization');
  const value = name && headers[name];
  return typeof value === 'string' && value ? { Authorization: value } : undefined;
}

/**
 * Names an operation of the text that is sent. What GraphiQL passes on may still be the operation
 * of the tab before: it reads the editor a tenth of a second after the last change.
 */
export function withOwnOperation(
  params: FetcherParams,
  options: FetcherOpts = {},
): [FetcherParams, FetcherOpts] {
  let documentAST: DocumentNode;
  try {
    documentAST = parse(params.query);
  } catch {
    return [params, options];
  }
  const operations = documentAST.definitions.filter(
    (definition) => definition.kind === Kind.OPERATION_DEFINITION,
  );
  const names = operations.map((operation) => operation.name?.value);
  const isOwn = names.includes(params.operationName ?? undefined);
  const operationName = isOwn ? params.operationName : names[0];
  return [
    { ...params, operationName },
    { ...options, documentAST },
  ];
}

/** Puts the question for the schema in the words that a service of trusted documents only knows. */
export function inKnownWords(params: FetcherParams): FetcherParams {
  const isForSchema = params.operationName === INTROSPECTION;
  return isForSchema ? { ...params, query: stripIgnoredCharacters(params.query) } : params;
}

/** Sends queries and mutations over HTTP, and subscriptions over graphql-transport-ws. */
export function createFetcher(page: string): Fetcher {
  const url = socketUrl(page);
  return (params, options) => {
    const typed = filledIn(options?.headers);
    // The schema is asked for before there is an editor that holds the credentials of the pages.
    const isForSchema = params.operationName === INTROSPECTION;
    const headers = isForSchema ? withCredential(typed) : typed;
    // One client for each run, since its headers may differ; it opens no socket before it subscribes.
    const wsClient = createClient({ url, connectionParams: connectionParams(headers) });
    const fetcher = createGraphiQLFetcher({
      url: '/graphql',
      wsClient,
      enableIncrementalDelivery: false,
    });
    return fetcher(...withOwnOperation(inKnownWords(params), { ...options, headers }));
  };
}
