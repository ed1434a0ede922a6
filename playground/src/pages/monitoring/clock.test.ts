import { expect, test } from 'vitest';
import { grown, serverTime } from './clock';

test.each([
  [12, 1000, 1000, 12],
  [12.4, 1000, 1500, 12],
  [12.4, 1000, 1700, 13],
  [12, 1000, 61_000, 72],
  // The tick before the answer does not make it younger.
  [12, 1000, 400, 12],
])('%d s, answered at %d, are at %d %d s', (seconds, at, present, grownTo) => {
  expect(grown(seconds, at, present)).toBe(grownTo);
});

test('the time of the service goes on from what it said, whatever the clock of the browser says', () => {
  const asOf = '2025-12-25T06:00:00Z';
  expect(serverTime(asOf, 5000, 8000)).toBe(Date.parse('2025-12-25T06:00:03Z'));
});
