import { expect, test } from 'vitest';
import { pageNumbers } from './pages';

test.each([
  [1, 1, [1]],
  [1, 3, [1, 2, 3]],
  [4, 4, [1, 2, 3, 4]],
  [3, 5, [1, 2, 3, 4, 5]],
  [7, 20, [1, null, 6, 7, 8, null, 20]],
  [9, 4, [1, null, 4]],
] as const)('page %i of %i', (page, last, shown) => {
  expect(pageNumbers(page, last)).toEqual(shown);
});
