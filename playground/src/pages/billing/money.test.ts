import { expect, test, vi } from 'vitest';

vi.mock('../../i18n/format', () => ({}));
const { cost, sumOf } = await import('./money');
const format = { money: (amount: unknown, digits: number) => `${amount} to ${digits}` } as never;

test.each([
  ['0.00', '0.00 to 2'],
  ['12.5', '12.5 to 2'],
  ['0.25', '0.25 to 2'],
  ['0.3072327', '0.3072327 to 4'],
  ['0.000123', '0.000123 to 6'],
])('%s is shown as %s', (amount, shown) => {
  expect(cost(format, amount)).toBe(shown);
});

test.each([
  [[], '0.00'],
  [['0.1', '0.2'], '0.30'],
  [['1.50', '-0.000000001'], '1.499999999'],
  [['-1.25', '0.50'], '-0.75'],
  [['90071992547409.91', '0.01'], '90071992547409.92'],
])('%o add up to %s', (amounts, sum) => {
  expect(sumOf(amounts)).toBe(sum);
});
