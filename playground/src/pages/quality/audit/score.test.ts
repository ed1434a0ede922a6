import { expect, test } from 'vitest';
import { scoreFrom } from './score';

test.each([
  ['0', 0],
  [' 88 ', 88],
  ['100', 100],
  ['101', null],
  ['8.5', null],
  ['-1', null],
  ['', null],
  ['1e1', null],
])('%j is %j', (written, score) => {
  expect(scoreFrom(written)).toBe(score);
});
