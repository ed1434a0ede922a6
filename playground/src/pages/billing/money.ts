import type { Format } from '../../i18n/format';

/** As many decimals as show what there is of an amount: two, and more of less than 1. */
export function digitsOf(amount: string | number): 2 | 4 | 6 {
  const size = Math.abs(Number(amount));
  const isCents = Math.abs(size * 100 - Math.round(size * 100)) < 1e-9;
  return size >= 1 || isCents ? 2 : size >= 0.01 ? 4 : 6;
}

/** An amount with as many decimals as show that it is not nothing. */
export function cost(format: Format, amount: string | number | null | undefined): string {
  return format.money(amount, digitsOf(amount ?? 0));
}

const SCALE = 1_000_000_000n;

/** Adds exact amounts of the API up, to the billionth they are told to. */
export function sumOf(amounts: readonly string[]): string {
  const sum = amounts.reduce((before, amount) => before + billionths(amount), 0n);
  const size = sum < 0n ? -sum : sum;
  const rest = (size % SCALE).toString().padStart(9, '0').replace(/0+$/, '').padEnd(2, '0');
  return `${sum < 0n ? '-' : ''}${size / SCALE}.${rest}`;
}

function billionths(amount: string): bigint {
  const [, sign, whole = '0', rest = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(amount) ?? [];
  const size = BigInt(whole) * SCALE + BigInt(rest.slice(0, 9).padEnd(9, '0'));
  return sign ? -size : size;
}
