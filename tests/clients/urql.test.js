import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import {
  authorization,
  event,
  MUTATION,
  QUERY,
  SUBSCRIPTION,
  socketUrl,
  url,
  variables,
  wrongAuthorization,
} from './service.js';

/** A client, and the requests that it has sent over HTTP. */
function client(credentials, exchanges = []) {
  const sent = [];
  const socket = createClient({
    url: socketUrl,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: credentials },
    retryAttempts: 0,
  });
  const subscribing = subscriptionExchange({
    forwardSubscription: (request) => ({
      subscribe: (sink) => ({ unsubscribe: socket.subscribe(request, sink) }),
    }),
  });
  const urql = new Client({
    url,
    preferGetMethod: false,
    exchanges: [...exchanges, fetchExchange, subscribing],
    fetchOptions: { headers: { authorization: credentials } },
    fetch: (address, options) => {
      sent.push({ method: options.method, body: options.body && JSON.parse(options.body) });
      return fetch(address, options);
    },
  });
  return { urql, sent, socket };
}

test('a query, a mutation and a subscription', async () => {
  const { urql, socket } = client(authorization);
  const answer = await urql.query(QUERY, variables).toPromise();
  assert.equal(answer.error, undefined);
  assert.equal(answer.data.session, null);
  const tracked = await urql.mutation(MUTATION, event('urql')).toPromise();
  assert.equal(tracked.data.trackEvent.status, 'ACCEPTED');
  const shown = await new Promise((resolve) => {
    const { unsubscribe } = urql.subscription(SUBSCRIPTION, {}).subscribe((result) => {
      resolve(result);
      setImmediate(() => unsubscribe());
    });
  });
  assert.equal(shown.error, undefined);
  assert.ok(shown.data.realtimeOverview.activeSessions >= 1);
  await socket.dispose();
});

test('a document is sent once, and then its digest', async () => {
  const persisted = persistedExchange({ preferGetForPersistedQueries: false });
  const { urql, sent, socket } = client(authorization, [persisted]);
  const document = `query Once${process.pid} { __typename metricCatalogue { id } }`;
  for (let count = 0; count < 2; count += 1) {
    const answer = await urql.query(document, { count }).toPromise();
    assert.equal(answer.error, undefined);
    assert.equal(answer.data.__typename, 'Query');
  }
  assert.deepEqual(
    sent.map(({ body }) => Boolean(body?.query)),
    [false, true, false],
  );
  await socket.dispose();
});

test('a request error is an error of GraphQL', async () => {
  const { urql, socket } = client(authorization);
  const wrong = await urql.query('{ nothing }', {}).toPromise();
  assert.equal(wrong.error.graphQLErrors[0].extensions.code, 'BAD_USER_INPUT');
  await socket.dispose();
});

test('a wrong key is a 401', async () => {
  const { urql, socket } = client(wrongAuthorization);
  const refused = await urql.query(QUERY, variables).toPromise();
  assert.equal(refused.error.response.status, 401);
  assert.equal(refused.error.graphQLErrors[0]?.extensions.code, 'UNAUTHENTICATED');
  await socket.dispose();
});
