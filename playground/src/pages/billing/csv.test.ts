import { describe, expect, test } from 'vitest';
import { cell, fields, toCsv } from './csv';

describe('a cell', () => {
  test.each([
    ['plain', 'plain'],
    [null, ''],
    [0, '0'],
    [-12, '-12'],
    ['-0.75', '-0.75'],
    ['a,b', '"a,b"'],
    ['say "x"', '"say ""x"""'],
    ['two\nlines', '"two\nlines"'],
    ['two\r\nlines', '"two\r\nlines"'],
    ['你好', '你好'],
  ])('of %o is %s', (value, text) => {
    expect(cell(value)).toBe(text);
  });

  test.each([
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-model', "'-model"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['\r=1', '"\'\r=1"'],
    ['=HYPERLINK("x","y")', '"\'=HYPERLINK(""x"",""y"")"'],
  ])('of %o is no formula but %s', (value, text) => {
    expect(cell(value)).toBe(text);
  });
});

test('a file has a header, ends each line with CR LF, and leaves unknown cells empty', () => {
  const rows = [
    { date: '2025-12-01', tokens: 5, estimatedCost: null },
    { date: '2025-12-02', tokens: 0, estimatedCost: '0.00' },
  ];
  const columns = fields<(typeof rows)[number]>('date', 'tokens', 'estimatedCost');
  expect(toCsv(columns, rows)).toBe(
    'date,tokens,estimatedCost\r\n2025-12-01,5,\r\n2025-12-02,0,0.00\r\n',
  );
});
