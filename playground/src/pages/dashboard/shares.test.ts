import { expect, test } from 'vitest';
import { sharesOf } from './shares';

test.each([
  [
    [1, 1, 1],
    [34, 33, 33],
  ],
  [
    [88, 10, 2],
    [88, 10, 2],
  ],
  [
    [2, 1, 0],
    [67, 33, 0],
  ],
  [
    [0, 0, 0],
    [0, 0, 0],
  ],
])('the shares of %j add up as those of the API', (counts, shares) => {
  expect(sharesOf(counts)).toEqual(shares);
});
