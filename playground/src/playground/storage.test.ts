import { expect, test } from 'vitest';
import { storageWithoutHeaders } from './storage';

/** A stand-in for localStorage, whose entries are properties as well. */
function memoryStorage(entries: Record<string, string>): Storage {
  const methods = {
    getItem: (key: string) => entries[key] ?? null,
    setItem: (key: string, value: string) => {
      entries[key] = value;
    },
    removeItem: (key: string) => {
      delete entries[key];
    },
  };
  return new Proxy(entries, {
    get: (_, key: keyof typeof methods) => methods[key],
  }) as unknown as Storage;
}

test.each(['queries', 'favorites'])('%s are stored without their headers', (name) => {
  const entries: Record<string, string> = {};
  const item = { query: '{ a }', headers: '{"Authorization":"Bearer t"}', operationName: 'A' };
  storageWithoutHeaders(memoryStorage(entries)).setItem(
    `graphiql:${name}`,
    JSON.stringify({ [name]: [item] }),
  );
  expect(JSON.parse(entries[`graphiql:${name}`] ?? '')).toEqual({
    [name]: [{ query: '{ a }', operationName: 'A' }],
  });
});

test('other entries are stored as they are', () => {
  const entries: Record<string, string> = {};
  storageWithoutHeaders(memoryStorage(entries)).setItem('graphiql:theme', 'dark');
  expect(entries).toEqual({ 'graphiql:theme': 'dark' });
});

test('what others stored is neither counted nor cleared', () => {
  const entries = { 'graphiql:theme': 'dark', other: 'kept' };
  const storage = storageWithoutHeaders(memoryStorage(entries));
  expect(storage.length).toBe(1);
  storage.clear();
  expect(entries).toEqual({ other: 'kept' });
});
