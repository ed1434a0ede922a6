import { expect, test } from 'vitest';
import { searchOf, viewOf } from './view';

test.each([
  '',
  'status=SERVING&name=%E6%9D%8E&sort=-time',
  'sort=-status&abandoned=COUNT_ALL',
  'open=waiting',
  'wall=1',
  'wall=light',
])('"%s" says the same after it was read', (search) => {
  expect(searchOf(viewOf(search))).toBe(search);
});

test('an address that says what is not there is read as the usual', () => {
  const strange = 'status=GONE&sort=-colour&abandoned=NO';
  expect(viewOf(strange)).toEqual({ ...viewOf(''), order: { column: 'status', descending: true } });
});
