import { describe, expect, test } from 'vitest';
import { openingTab } from './tabs';

const first = { query: 'query First { a }', variables: '{}' };

describe('openingTab', () => {
  test.each([null, '', 'no JSON', '{}', '{"tabs":[],"activeTabIndex":0}'])(
    'is the first one when %o is stored',
    (stored) => {
      expect(openingTab(stored, [first])).toBe(first);
    },
  );

  test('is the active one of an earlier visit', () => {
    const tabs = [
      { id: '1', query: '{ a }', variables: null },
      { id: '2', query: '{ b }', variables: '{"x": 1}' },
    ];
    expect(openingTab(JSON.stringify({ tabs, activeTabIndex: 1 }), [first])).toEqual({
      query: '{ b }',
      variables: '{"x": 1}',
    });
  });

  test('is empty when a tab without text was active', () => {
    const tabs = [{ id: '1', query: null, variables: null }];
    expect(openingTab(JSON.stringify({ tabs, activeTabIndex: 0 }), [first])).toEqual({
      query: '',
      variables: '',
    });
  });
});
