import type { Storage as GraphiQLStorage } from '@graphiql/toolkit';

const HISTORY_KEYS = ['graphiql:queries', 'graphiql:favorites'];

/** The browser's storage, less the request headers of the history: tokens outlive their tab there. */
export function storageWithoutHeaders(storage: Storage): GraphiQLStorage {
  const ownKeys = () => Object.keys(storage).filter((key) => key.startsWith('graphiql:'));
  return {
    getItem: (key) => storage.getItem(key),
    setItem: (key, value) =>
      storage.setItem(key, HISTORY_KEYS.includes(key) ? withoutHeaders(value) : value),
    removeItem: (key) => storage.removeItem(key),
    clear: () => {
      for (const key of ownKeys()) {
        storage.removeItem(key);
      }
    },
    get length() {
      return ownKeys().length;
    },
  };
}

function withoutHeaders(json: string): string {
  return JSON.stringify(JSON.parse(json), (key, value) => (key === 'headers' ? undefined : value));
}
