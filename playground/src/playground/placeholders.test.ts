import { expect, test } from 'vitest';
import { fillIn } from './placeholders';

const newYear = new Date(2027, 0, 1, 9, 30);

test.each([
  ['{today}', '2027-01-01'],
  ['{today-6d}', '2026-12-26'],
  ['{today+31d}', '2027-02-01'],
  ['a {other} brace', 'a {other} brace'],
])('%s becomes %s', (text, filled) => {
  expect(fillIn(text, newYear)).toBe(filled);
});

test('an instant is in UTC, in whole seconds', () => {
  const now = new Date('2026-12-31T23:30:15.678Z');
  expect(fillIn('{now}', now)).toBe('2026-12-31T23:30:15Z');
  expect(fillIn('{now+1h}', now)).toBe('2027-01-01T00:30:15Z');
  expect(fillIn('id-{now-24h}', now)).toBe('id-2026-12-30T23:30:15Z');
});

test('placeholders are found at any depth, and the rest is left alone', () => {
  const variables = { days: 7, after: null, filter: [{ from: '{today}' }, true] };
  expect(fillIn(variables, newYear)).toEqual({
    days: 7,
    after: null,
    filter: [{ from: '2027-01-01' }, true],
  });
});
