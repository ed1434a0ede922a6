import { expect, test } from 'vitest';
import { freshnessOf } from './freshness';

const fresh = { now: 100_000, heardAt: 99_000, unlinkedSince: null, seenSince: 0 };

test.each([
  ['live', {}],
  ['live', { heardAt: 91_000 }],
  ['stale', { heardAt: 89_000 }],
  // It was hidden meanwhile, and asked nothing.
  ['live', { heardAt: 20_000, seenSince: 98_000 }],
  ['live', { heardAt: undefined, seenSince: 95_000 }],
  ['stale', { heardAt: undefined, seenSince: 80_000 }],
  ['live', { unlinkedSince: 98_000 }],
  ['polled', { unlinkedSince: 90_000 }],
  ['live', { unlinkedSince: 0, seenSince: 99_000 }],
  ['stale', { unlinkedSince: 80_000, heardAt: 80_000 }],
] as const)('is %s with %j', (freshness, heard) => {
  expect(freshnessOf({ ...fresh, ...heard })).toBe(freshness);
});
