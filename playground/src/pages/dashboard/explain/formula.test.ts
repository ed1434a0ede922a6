import { expect, test } from 'vitest';
import { filledIn } from './formula';
import { leastComplete } from './state';

test('each name of a formula gives way to its own sum', () => {
  const sums = new Map([
    ['rating_5_count', '7'],
    ['rating_count', '10'],
  ]);
  expect(filledIn('100 × (rating_5_count) ÷ (rating_count)', sums)).toBe('100 × (7) ÷ (10)');
});

test('an explanation is as complete as its least complete day', () => {
  expect(leastComplete([{ completeness: 'SETTLED' }, { completeness: 'RUNNING' }])).toBe('RUNNING');
  expect(leastComplete([{ completeness: 'SETTLED' }])).toBe('SETTLED');
});
