import { expect, test } from 'vitest';
import type { Format } from '../../i18n/format';
import { type Curves, curveOf } from './curve';
import { hoursOf } from './hours';

const point = (hour: string, value: number | null, previous: number | null) => ({
  start: `2026-03-01T${hour}:00:00Z`,
  date: '2026-03-01',
  figure: { value, previous },
});
const curves: Curves = {
  asOf: '2026-03-01T02:30:00Z',
  series: [
    {
      metric: { id: 'total_sessions' },
      points: [point('01', 4, 3), point('02', null, 5), point('03', 0, 6)],
    },
  ],
};
const format = {
  time: (at: string) => `${at.slice(11, 16)}:00`,
} as Format;

test('an hour that has not begun has no value, nor one of the day before', () => {
  expect(curveOf(curves, 'total_sessions', true, format)).toEqual({
    points: ['01:00', '02:00', '03:00'],
    values: [4, null, null],
    previous: [3, 5, null],
  });
});

test('a figure that was not asked for has no curve', () => {
  expect(curveOf(curves, 'abandoned', true, format).points).toEqual([]);
});

test('hours without a figure are left out of the small curve', () => {
  expect(hoursOf(curves, 'total_sessions')).toEqual([4]);
});
