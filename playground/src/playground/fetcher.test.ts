import { readFileSync } from 'node:fs';
import { getIntrospectionQuery } from 'graphql';
import { describe, expect, test, vi } from 'vitest';
import { socketUrl } from '../api/socket-url';

vi.mock('../api/credential', () => ({ authorization: () => undefined }));
const { connectionParams, inKnownWords, withOwnOperation } = await import('./fetcher');

describe('connectionParams', () => {
  test.each([[{ Authorization: 'Bearer t' }], [{ authorization: 'Bearer t', 'X-Other': 'x' }]])(
    'carries the authorization of %o and nothing else',
    (headers) => {
      expect(connectionParams(headers)).toEqual({ Authorization: 'Bearer t' });
    },
  );

  test.each([[undefined], [{}], [{ Authorization: '' }], [{ Authorization: 1 }]])(
    'is left out for %o',
    (headers) => {
      expect(connectionParams(headers)).toBeUndefined();
    },
  );
});

test.each([
  ['http://127.0.0.1:8080/playground/', 'ws://127.0.0.1:8080/graphql/ws'],
  ['https://desk.example/playground/?x=1#y', 'wss://desk.example/graphql/ws'],
])('subscriptions of %s go to %s', (page, socket) => {
  expect(socketUrl(page)).toBe(socket);
});

describe('withOwnOperation', () => {
  test.each([
    ['query A { a } query B { b }', 'B', 'B'],
    ['subscription Live { live }', 'Monitoring', 'Live'],
    ['query A { a }', undefined, 'A'],
    ['{ a }', undefined, undefined],
    ['{ a }', 'Monitoring', undefined],
  ])('runs, of `%s` with %s chosen, %s', (query, chosen, run) => {
    const [params, options] = withOwnOperation({ query, operationName: chosen });
    expect(params.operationName).toBe(run);
    expect(options.documentAST?.kind).toBe('Document');
  });

  test('leaves a text with a syntax error to the service', () => {
    const params = { query: 'query {', operationName: 'A' };
    expect(withOwnOperation(params, { headers: {} })).toEqual([params, { headers: {} }]);
  });
});

describe('inKnownWords', () => {
  test('asks for the schema in the words that the service trusts', () => {
    const known = new URL('../../../src/documents/introspection.graphql', import.meta.url);
    const query = getIntrospectionQuery({ schemaDescription: true, inputValueDeprecation: false });
    const params = inKnownWords({ query, operationName: 'IntrospectionQuery' });
    expect(params.query).toBe(readFileSync(known, 'utf8').trim());
  });

  test('leaves every other operation as it is', () => {
    const params = { query: 'query A { a }', operationName: 'A' };
    expect(inKnownWords(params)).toBe(params);
  });
});
