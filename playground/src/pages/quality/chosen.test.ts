import { expect, test } from 'vitest';
import {
  ALL,
  exportParameters,
  filterOf,
  isFiltered,
  readChosen,
  unfiltered,
  writeChosen,
} from './chosen';

const read = (search: string) => readChosen(new URLSearchParams(search));

test('an empty address shows the newest of all', () => {
  expect(read('')).toEqual(ALL);
  expect(filterOf(ALL, 'UTC')).toBeNull();
});

test('what is chosen survives the way through the address', () => {
  const search =
    'page=3&size=50&sort=LOWEST_SCORE&status=FAILED&by=AUTO&agent=li&customer=%E7%8E%8B&type=Refund&session=s-1&min=0&max=59&from=2026-03-01&to=2026-03-31';
  expect(writeChosen(read(search), { page: 3 }).toString()).toBe(search);
});

test('nonsense is passed over', () => {
  const wrong =
    'page=0&size=7&sort=UP&status=MAYBE&by=me&min=-1&max=101&from=yesterday&to=2026-13-40';
  expect(read(wrong)).toEqual(ALL);
});

test('another filter begins at the first page, another page keeps the filter', () => {
  const chosen = read('page=4&status=PASSED');
  expect(writeChosen(chosen, { by: 'AUTO' }).toString()).toBe('status=PASSED&by=AUTO');
  expect(writeChosen(chosen, { page: 5 }).toString()).toBe('page=5&status=PASSED');
});

test('days are cut in the zone of the tenant, the last one included', () => {
  expect(filterOf(read('from=2026-03-01&to=2026-03-01&min=0'), 'Asia/Shanghai')).toEqual({
    minScore: 0,
    from: '2026-02-28T16:00:00.000Z',
    to: '2026-03-01T16:00:00.000Z',
  });
});

test('order and size narrow nothing and stay', () => {
  const chosen = read('size=50&sort=OLDEST&agent=li');
  expect(isFiltered(chosen)).toBe(true);
  expect(isFiltered(unfiltered(chosen))).toBe(false);
  expect(unfiltered(chosen)).toMatchObject({ size: 50, sort: 'OLDEST', agent: null });
});

test('the export has the filter of the list', () => {
  expect(exportParameters(null)).toEqual({});
  expect(exportParameters({ status: 'FAILED', minScore: 0 })).toEqual({
    status: 'FAILED',
    minScore: '0',
  });
});
