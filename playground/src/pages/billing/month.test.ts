import { expect, test } from 'vitest';
import { chosenMonth, daysOf, monthsUpTo, plusMonths } from './month';

test.each([
  ['2025-12', 1, '2026-01'],
  ['2026-01', -1, '2025-12'],
  ['2024-03', -13, '2023-02'],
])('%s and %i months is %s', (month, months, later) => {
  expect(plusMonths(month, months)).toBe(later);
});

test.each([
  [null, '2026-11'],
  ['', '2026-11'],
  ['2026-13', '2026-11'],
  ['2026-12', '2026-11'],
  ['2026-1', '2026-11'],
  ['2026-11', '2026-11'],
  ['2025-02', '2025-02'],
])('the address %s shows %s in November 2026', (given, month) => {
  expect(chosenMonth(given, '2026-11-29')).toBe(month);
});

test.each([
  ['2024-02', { from: '2024-02-01', to: '2024-02-29', days: 29 }],
  ['2026-11', { from: '2026-11-01', to: '2026-11-09', days: 9 }],
  ['2025-12', { from: '2025-12-01', to: '2025-12-31', days: 31 }],
])('%s has the days %o so far', (month, days) => {
  expect(daysOf(month, '2026-11-09')).toEqual(days);
});

test('months go back from the present one, and the chosen one is among them', () => {
  expect(monthsUpTo('2026-02-09', '2026-01', 3)).toEqual(['2026-02', '2026-01', '2025-12']);
  expect(monthsUpTo('2026-02-09', '2020-05', 2)).toEqual(['2026-02', '2026-01', '2020-05']);
});
