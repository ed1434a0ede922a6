import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from 'graphql-sse';
import {
  authorization,
  event,
  MUTATION,
  QUERY,
  SUBSCRIPTION,
  text,
  url,
  variables,
  wrongAuthorization,
} from './service.js';

const client = (credentials) =>
  createClient({ url, headers: { authorization: credentials }, retryAttempts: 0 });

async function next(results) {
  const { value, done } = await results.next();
  assert.equal(done, false);
  return value;
}

test('a query, a mutation and a subscription', async () => {
  const sse = client(authorization);
  const live = sse.iterate({ query: text(SUBSCRIPTION) });
  const before = (await next(live)).data;
  const answer = await next(sse.iterate({ query: text(QUERY), variables }));
  assert.equal(answer.data.session, null);
  const tracked = sse.iterate({ query: text(MUTATION), variables: event('graphql-sse') });
  assert.deepEqual((await next(tracked)).data, { trackEvent: { status: 'ACCEPTED' } });
  const after = (await next(live)).data;
  assert.ok(after.realtimeOverview.version > before.realtimeOverview.version);
  await live.return();
  sse.dispose();
});

test('a request error is a result', async () => {
  const result = await next(client(authorization).iterate({ query: '{ nothing }' }));
  assert.equal(result.errors[0].extensions.code, 'BAD_USER_INPUT');
});

test('a wrong key is a 401', async () => {
  const refused = client(wrongAuthorization).iterate({ query: '{ __typename }' });
  await assert.rejects(next(refused), (error) => error.response?.status === 401);
});
