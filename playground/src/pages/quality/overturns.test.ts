import { expect, test } from 'vitest';
import { disputesOf } from './overturns';

test('disputes of all scorers add up, and a rate needs rulings', () => {
  const one = { scoredBy: 'm', open: 1, accepted: 1, partlyAccepted: 1, rejected: 2 };
  const other = { scoredBy: 'p', open: 2, accepted: 0, partlyAccepted: 0, rejected: 0 };
  expect(disputesOf([])).toEqual({ open: 0, overturned: 0, rejected: 0, rate: null });
  expect(disputesOf([{ ...other, overturnRate: null }]).rate).toBeNull();
  expect(
    disputesOf([
      { ...one, overturnRate: 50 },
      { ...other, overturnRate: null },
    ]),
  ).toEqual({ open: 3, overturned: 2, rejected: 2, rate: 50 });
});
