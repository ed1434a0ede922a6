import { expect, test } from 'vitest';
import { changed } from './address';

test('a change leaves the other parameters, and removes what it empties', () => {
  const params = new URLSearchParams('month=2025-12&sort=cost&call=x');
  const next = changed(params, { month: '2025-11', call: null, sort: '', page: 2 });
  expect(next.toString()).toBe('month=2025-11&page=2');
  expect(params.get('call')).toBe('x');
});
