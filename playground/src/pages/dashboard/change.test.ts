import { expect, test } from 'vitest';
import { changeOf } from './change';
import { FIGURES } from './figures';

const by = (delta: number | null) => ({ value: 1, previous: 1, delta, ratio: null });

test.each([
  ['satisfaction_rate', 2, { direction: 'up', judgement: 'better' }],
  ['satisfaction_rate', -2, { direction: 'down', judgement: 'worse' }],
  ['avg_response_time', -0.4, { direction: 'down', judgement: 'better' }],
  ['abandoned', 3, { direction: 'up', judgement: 'worse' }],
  ['total_sessions', 3, { direction: 'up', judgement: 'neither' }],
  ['satisfaction_rate', 0.01, { direction: 'same', judgement: 'neither' }],
] as const)('%s by %d is told by the direction that is good for it', (id, delta, told) => {
  expect(changeOf(by(delta), FIGURES[id])).toEqual(told);
});

test('nothing to compare is no change', () => {
  expect(changeOf(by(null), FIGURES.total_sessions)).toBeNull();
});
