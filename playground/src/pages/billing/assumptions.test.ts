import { expect, test } from 'vitest';
import { ASSUMPTIONS, accepted, assumedIn, paramsOf, reachOf } from './assumptions';

const [minutes, cost, hours] = ASSUMPTIONS;
const configured = { minutesPerSession: '6', costPerMinute: '0.50', workHoursPerMonth: '160' };

test.each([
  [minutes, '7.5', '7.5'],
  [minutes, '0', '0'],
  [minutes, '10081', undefined],
  [hours, '0', undefined],
  [hours, '744', '744'],
  [cost, '-1', undefined],
  [cost, '1e3', undefined],
  [cost, '', undefined],
  [cost, null, undefined],
  [cost, '0,5', undefined],
])('$name takes %s as %s', (one, text, value) => {
  expect(accepted(one, text)).toBe(value);
});

test('the address assumes only what it names and what is in bounds', () => {
  const params = new URLSearchParams('minutes=10&hours=9999&month=2025-12');
  expect(assumedIn(params)).toEqual({ minutesPerSession: '10' });
});

test('what is as configured is left out of the address', () => {
  const assumed = { minutesPerSession: '10', costPerMinute: '0.5' };
  expect(paramsOf(assumed, configured)).toEqual({ minutes: '10', cost: null, hours: null });
});

test.each([
  ['6', '6', 30],
  ['20', '6', 40],
  ['6', '55', 55],
  ['9000', '6', 10_080],
])('with %s configured and %s chosen a slider reaches %i', (configured, chosen, most) => {
  expect(reachOf(minutes, configured, chosen)).toBe(most);
});
