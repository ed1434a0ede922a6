import { expect, test } from 'vitest';
import { axisOf, isLabelled } from './columns';

test.each([
  [0, 1, [0]],
  [4, 4, [0, 1, 2, 3, 4]],
  [7, 8, [0, 2, 4, 6, 8]],
  [0.31, 0.4, [0, 0.1, 0.2, 0.3, 0.4]],
  [1_000_000, 1_000_000, [0, 250_000, 500_000, 750_000, 1_000_000]],
])('an axis for %f ends at %f', (greatest, most, ticks) => {
  const axis = axisOf(greatest);
  expect(axis.most).toBeCloseTo(most, 9);
  expect(axis.ticks).toEqual(ticks);
});

test('the last label is written, and those before it at even distances', () => {
  const written = Array.from({ length: 10 }, (_, index) => isLabelled(index, 10, 4));
  expect(written.map((is, index) => (is ? index : -1)).filter((index) => index >= 0)).toEqual([
    0, 3, 6, 9,
  ]);
});
