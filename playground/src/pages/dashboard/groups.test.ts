import { expect, test } from 'vitest';
import { rowsOf, sorted } from './groups';

const series = (id: string, value: string | null, total: number | null, isOther = false) => ({
  metric: { id },
  group: isOther ? [] : [{ value }],
  isOther,
  total: { value: total },
});

const rows = rowsOf([
  series('total_sessions', 'web', 30),
  series('total_sessions', null, 10),
  series('avg_rating', 'web', 4.5),
  series('avg_rating', null, null),
]);

test('a row has all figures of its group and its share of the sessions', () => {
  expect(rows).toEqual([
    {
      value: 'web',
      isOther: false,
      share: 75,
      figures: { total_sessions: 30, avg_rating: 4.5 },
    },
    { value: null, isOther: false, share: 25, figures: { total_sessions: 10, avg_rating: null } },
  ]);
});

test('rows without a value and all other rows are two rows', () => {
  const both = [series('total_sessions', null, 1), series('total_sessions', null, 2, true)];
  expect(rowsOf(both)).toHaveLength(2);
});

test.each([true, false])('what is not known comes last (descending: %s)', (descending) => {
  const order = { column: 'avg_rating', descending } as const;
  expect(sorted(rows, order).map(({ value }) => value)).toEqual(['web', null]);
});
