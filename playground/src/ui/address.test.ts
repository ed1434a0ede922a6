import { expect, test } from 'vitest';
import { changed } from './address';

test('a change leaves the other parameters, and removes what it takes out', () => {
  const params = new URLSearchParams('month=2025-12&sort=cost&call=x');
  const next = changed(params, { month: '2025-11', call: null, channel: '' });
  expect(next.toString()).toBe('month=2025-11&sort=cost&channel=');
  expect(params.get('call')).toBe('x');
});
