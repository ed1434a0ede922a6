import { expect, test } from 'vitest';
import { addressOf, orderIn, sorted } from './model-order';

const rows = [
  { model: 'b', totalTokens: 30, totalApiCalls: 1, knownCost: '9.5' },
  { model: null, totalTokens: 20, totalApiCalls: 3, knownCost: '10.5' },
  { model: 'a', totalTokens: 10, totalApiCalls: 3, knownCost: '0.00' },
];
const names = (sort: string | null) => sorted(rows, orderIn(sort)).map(({ model }) => model);

test.each([
  [null, ['b', null, 'a']],
  ['nonsense', ['b', null, 'a']],
  ['tokens', ['a', null, 'b']],
  ['-cost', [null, 'b', 'a']],
  ['model', [null, 'a', 'b']],
  ['-calls', [null, 'a', 'b']],
])('the address %s sorts models as %o', (sort, order) => {
  expect(names(sort)).toEqual(order);
});

test.each(['cost', '-cost', 'model', 'tokens'])('%s is written as it was read', (sort) => {
  expect(addressOf(orderIn(sort))).toBe(sort);
});

test('the usual order is not written', () => {
  expect(addressOf(orderIn('-tokens'))).toBeNull();
});
