import { describe, expect, test } from 'vitest';
import { openingTab, withLinked } from './tabs';

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

describe('a linked operation', () => {
  const tabs = [{ name: 'First', ...first }];
  const linked = { name: 'Linked', query: 'query Linked { b }', variables: '{"x": 1}' };
  const kept = (state: string) => {
    const { tabs, activeTabIndex } = JSON.parse(state);
    return { titles: tabs.map((tab: { title: string }) => tab.title), activeTabIndex };
  };

  test('is in front, behind the tabs of a first visit', () => {
    expect(kept(withLinked(null, tabs, linked))).toEqual({
      titles: ['First', 'Linked'],
      activeTabIndex: 1,
    });
  });

  test('is one more behind those of an earlier visit', () => {
    const stored = withLinked(null, tabs, linked);
    const other = { ...linked, variables: '{"x": 2}' };
    expect(kept(withLinked(stored, tabs, other))).toEqual({
      titles: ['First', 'Linked', 'Linked'],
      activeTabIndex: 2,
    });
  });

  test('is not opened a second time', () => {
    const stored = withLinked(null, tabs, linked);
    const again = withLinked(withLinked(stored, tabs, { name: 'First', ...first }), tabs, linked);
    expect(kept(again)).toEqual({ titles: ['First', 'Linked'], activeTabIndex: 1 });
  });

  test('is what the page opens with', () => {
    const { query, variables } = linked;
    expect(openingTab(withLinked(null, tabs, linked), tabs)).toEqual({ query, variables });
  });
});
