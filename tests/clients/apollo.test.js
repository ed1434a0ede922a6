import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client/core';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { CombinedGraphQLErrors, ServerError } from '@apollo/client/errors';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';
import { firstValueFrom, take, toArray } from 'rxjs';
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

/** A client of that link; each question goes to the service. */
function clientOf(link) {
  return new ApolloClient({
    link,
    cache: new InMemoryCache(),
    defaultOptions: { query: { fetchPolicy: 'no-cache' } },
  });
}

/** A client, and the requests that it has sent over HTTP. */
function client(credentials, { persisted = false } = {}) {
  const sent = [];
  const http = new HttpLink({
    uri: url,
    headers: { authorization: credentials },
    fetch: (address, options) => {
      sent.push({ address, method: options.method, body: options.body && JSON.parse(options.body) });
      return fetch(address, options);
    },
  });
  const sha256 = (query) => createHash('sha256').update(query).digest('hex');
  const asking = persisted
    ? new PersistedQueryLink({ sha256, useGETForHashedQueries: true }).concat(http)
    : http;
  const socket = createClient({
    url: socketUrl,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: credentials },
    retryAttempts: 0,
  });
  const link = ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    new GraphQLWsLink(socket),
    asking,
  );
  return { apollo: clientOf(link), sent, socket };
}

test('a query, a mutation and a subscription', async () => {
  const { apollo, socket } = client(authorization);
  const live = apollo.subscribe({ query: SUBSCRIPTION });
  const shown = firstValueFrom(live.pipe(take(2), toArray()));
  const answer = await apollo.query({ query: QUERY, variables });
  assert.equal(answer.data.session, null);
  // Until the live picture has changed: the subscription may begin after the first.
  const tracking = setInterval(() => track(apollo), 200);
  const tracked = await track(apollo);
  assert.equal(tracked.data.trackEvent.status, 'ACCEPTED');
  const [before, after] = await shown;
  clearInterval(tracking);
  assert.ok(after.data.realtimeOverview.version > before.data.realtimeOverview.version);
  apollo.stop();
  await socket.dispose();
});

function track(apollo) {
  return apollo.mutate({ mutation: MUTATION, variables: event('apollo') });
}

test('a document is sent once, and then its digest by GET', async () => {
  const { apollo, sent, socket } = client(authorization, { persisted: true });
  for (let count = 0; count < 2; count += 1) {
    const answer = await apollo.query({ query: QUERY, variables });
    assert.equal(answer.data.session, null);
  }
  const asked = sent.map(({ method, body }) => [method, Boolean(body?.query)]);
  assert.deepEqual(asked, [
    ['GET', false],
    ['POST', true],
    ['GET', false],
  ]);
  const tracked = await track(apollo);
  assert.equal(tracked.data.trackEvent.status, 'ACCEPTED');
  apollo.stop();
  await socket.dispose();
});

test('errors of a request and of a field are errors of GraphQL', async () => {
  const { apollo, socket } = client(authorization);
  const wrong = apollo.query({ query: QUERY, variables: {} });
  await assert.rejects(wrong, (error) => {
    assert.ok(CombinedGraphQLErrors.is(error), String(error));
    assert.equal(error.errors[0].extensions.code, 'BAD_USER_INPUT');
    return true;
  });
  apollo.stop();
  await socket.dispose();
});

test('a wrong key is told', async () => {
  const { apollo, socket } = client(wrongAuthorization);
  const refused = apollo.query({ query: QUERY, variables });
  await assert.rejects(refused, (error) => {
    const isTold = CombinedGraphQLErrors.is(error)
      ? error.errors[0].extensions.code === 'UNAUTHENTICATED'
      : ServerError.is(error) && error.statusCode === 401;
    assert.ok(isTold, String(error));
    return true;
  });
  await assert.rejects(firstValueFrom(apollo.subscribe({ query: SUBSCRIPTION })).then(failed));
  apollo.stop();
  await socket.dispose();
});

/** A subscription of Apollo Client ends with its error in a result. */
function failed({ error }) {
  assert.ok(error, 'an error');
  throw error;
}
