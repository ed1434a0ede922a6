import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auditServer } from 'graphql-http';
import { authorization, url } from './service.js';

/**
 * What the audit would rather see, and why it does not: it was written for an older draft, in which
 * who accepts anything was answered with `application/json`.
 */
const OLDER_DRAFT = ['47DE', '80D8'];

test('the audit of graphql-http has nothing to say', async () => {
  const fetchFn = (address, options = {}) =>
    fetch(address, { ...options, headers: { authorization, ...options.headers } });
  const results = await auditServer({ url, fetchFn });
  assert.ok(results.length > 50, `${results.length} audits`);
  const said = results.filter(({ status }) => status !== 'ok' && status !== 'notice');
  const others = said.filter(({ id }) => !OLDER_DRAFT.includes(id));
  assert.deepEqual(
    others.map(({ id, name, reason }) => `${id} ${name}: ${reason}`),
    [],
  );
});
