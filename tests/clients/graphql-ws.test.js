import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import {
  authorization,
  event,
  MUTATION,
  QUERY,
  SUBSCRIPTION,
  socketUrl,
  text,
  variables,
  wrongAuthorization,
} from './service.js';

function client(credentials) {
  return createClient({
    url: socketUrl,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: credentials },
    retryAttempts: 0,
  });
}

/** The next result of a subscription or operation. */
async function next(results) {
  const { value, done } = await results.next();
  assert.equal(done, false);
  assert.equal(value.errors, undefined);
  return value.data;
}

test('a query, a mutation and a subscription', async () => {
  const socket = client(authorization);
  const live = socket.iterate({ query: text(SUBSCRIPTION) });
  const before = await next(live);
  const answer = await next(socket.iterate({ query: text(QUERY), variables }));
  assert.equal(answer.session, null);
  assert.ok(answer.metricCatalogue.length > 10);
  const tracking = socket.iterate({ query: text(MUTATION), variables: event('graphql-ws') });
  assert.deepEqual(await next(tracking), { trackEvent: { status: 'ACCEPTED' } });
  assert.deepEqual(await tracking.next(), { value: undefined, done: true });
  const after = await next(live);
  assert.ok(after.realtimeOverview.version > before.realtimeOverview.version);
  await live.return();
  await socket.dispose();
});

test('a request error is an error of that operation alone', async () => {
  const socket = client(authorization);
  await assert.rejects(next(socket.iterate({ query: '{ nothing }' })), (errors) => {
    assert.equal(errors[0].extensions.code, 'BAD_USER_INPUT');
    return true;
  });
  await next(socket.iterate({ query: '{ __typename }' }));
  await socket.dispose();
});

test('a wrong key closes the socket with 4403', async () => {
  const socket = client(wrongAuthorization);
  await assert.rejects(next(socket.iterate({ query: '{ __typename }' })), { code: 4403 });
});
