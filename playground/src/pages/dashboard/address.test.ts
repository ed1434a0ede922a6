import { expect, test } from 'vitest';
import { explainingOf, filterOf, orderOf, viewOf, written, writtenGroup } from './address';

const view = (address: string) => viewOf(new URLSearchParams(address), '2026-03-01');

test('the days of a period end today, both ends included', () => {
  expect(view('period=7d')).toMatchObject({ from: '2026-02-23', to: '2026-03-01' });
  expect(view('period=today')).toMatchObject({ from: '2026-03-01', to: '2026-03-01' });
});

test('an unknown period is the usual one', () => {
  expect(view('period=century').period).toBe('7d');
});

test('an empty channel is that of rows that have none', () => {
  expect(filterOf(view('channel='))).toEqual({ channels: [null] });
  expect(filterOf(view('channel=web&product=bot'))).toEqual({
    channels: ['web'],
    products: ['bot'],
  });
  expect(filterOf(view(''))).toEqual({});
  expect([null, undefined, 'web'].map(written)).toEqual(['', null, 'web']);
});

test('an explanation is over the period unless a day is named', () => {
  const at = (address: string) => explainingOf(new URLSearchParams(address), view('channel=web'));
  expect(at('explain=avg_rating')).toMatchObject({ from: '2026-02-23', channel: 'web' });
  expect(at('explain=avg_rating&over=2026-02-25')).toMatchObject({
    from: '2026-02-25',
    to: '2026-02-25',
  });
  expect(at('explain=nonsense')).toBeNull();
});

test('a group replaces what is chosen of its dimension', () => {
  const of = writtenGroup({ dimension: 'channel', value: 'a:b' });
  const params = new URLSearchParams({ explain: 'abandoned', of });
  expect(explainingOf(params, view('channel=web&product=bot'))).toMatchObject({
    channel: 'a:b',
    product: 'bot',
  });
});

test('an order names a column that the table has', () => {
  const usual = { column: 'b', descending: true } as const;
  expect(orderOf('-a', ['a', 'b'], usual)).toEqual({ column: 'a', descending: true });
  expect(orderOf('a', ['a', 'b'], usual)).toEqual({ column: 'a', descending: false });
  expect(orderOf('c', ['a', 'b'], usual)).toEqual(usual);
});
