import { describe, expect, test } from 'vitest';
import { burnOf, paceOf, startOfPeriod } from './period';

const day = (date: string, totalTokens: number) => ({ date, totalTokens });

describe('the first day of a period', () => {
  test.each([
    ['2026-12-01', '2026-11-01'],
    ['2026-01-20', '2025-12-20'],
    ['2026-02-28', '2026-01-28'],
    ['2026-04-30', '2026-03-30'],
    ['2026-03-31', '2026-02-28'],
  ])('that ends before %s is %s', (reset, start) => {
    expect(startOfPeriod(reset, [], 0)).toBe(start);
  });

  test('after a short month is the one since which as much was used', () => {
    const daily = [day('2026-01-28', 5), day('2026-01-30', 7), day('2026-02-02', 9)];
    expect(startOfPeriod('2026-02-28', daily, 21)).toBe('2026-01-28');
    expect(startOfPeriod('2026-02-28', daily, 16)).toBe('2026-01-29');
    expect(startOfPeriod('2026-02-28', daily, 9)).toBe('2026-01-31');
  });
});

describe('tokens over a period', () => {
  const known = {
    daily: [day('2026-01-31', 100), day('2026-02-01', 10), day('2026-02-02', 20)],
    tokensUsed: 31,
    tokensTotal: 50,
    reset: '2026-02-05',
    expected: 61,
    earliest: '2026-02-03',
    latest: null,
  };

  test('add up from its first day, and end today with what the quota says', () => {
    const { days, used } = burnOf(known, '2026-02-01');
    expect(days).toEqual(['2026-02-01', '2026-02-02', '2026-02-03', '2026-02-04']);
    expect(used).toEqual([10, 31, null, null]);
  });

  test('are expected to go on to what the forecast says', () => {
    expect(burnOf(known, '2026-02-01').expected).toEqual([null, 31, 46, 61]);
    expect(burnOf({ ...known, expected: null }, '2026-02-01').expected).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });

  test('run out between the days of the forecast, at the end of the period at the latest', () => {
    expect(burnOf(known, '2026-02-01').runsOut).toEqual([null, null, 50, 50]);
    expect(burnOf({ ...known, latest: '2026-02-03' }, '2026-02-01').runsOut).toEqual([
      null,
      null,
      50,
      null,
    ]);
    expect(burnOf({ ...known, earliest: null }, '2026-02-01').runsOut).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });
});

test.each([
  ['2026-02-01', { soFar: 30, left: 25 }],
  ['2026-02-03', { soFar: 10, left: 26 }],
  ['2026-02-28', { soFar: 1, left: 700 }],
])('on %s the pace is %o', (today, pace) => {
  const quota = { tokensUsed: 30, tokensRemaining: 700, resetDate: '2026-03-01' };
  expect(paceOf(quota, today, '2026-02-01')).toEqual(pace);
});
