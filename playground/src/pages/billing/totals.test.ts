import { expect, test, vi } from 'vitest';

vi.mock('../../i18n/format', () => ({}));
const { totalsOf } = await import('./totals');

const nothing = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0 };
const row = { ...nothing, unsplitTokens: 0, totalTokens: 0, totalApiCalls: 0, unpricedCalls: 0 };

test('days add up, their costs to the last digit', () => {
  const totals = totalsOf([
    { ...row, totalTokens: 10, totalApiCalls: 2, inputTokens: 6, knownCost: '0.1' },
    {
      ...row,
      totalTokens: 5,
      totalApiCalls: 1,
      cachedInputTokens: 2,
      unpricedCalls: 1,
      knownCost: '0.200000001',
    },
  ]);
  expect(totals).toEqual({
    tokens: 15,
    calls: 3,
    unpriced: 1,
    knownCost: '0.300000001',
    cachedPercent: 25,
  });
});

test('without input nothing is known of the cache', () => {
  expect(totalsOf([]).cachedPercent).toBeNull();
});
