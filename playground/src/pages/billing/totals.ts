import { sumOf } from './money';
import type { Tokens } from './tokens';

interface Counted extends Tokens {
  totalTokens: number;
  totalApiCalls: number;
  unpricedCalls: number;
  knownCost: string;
}

/** What some days or models come to together. */
export function totalsOf(rows: readonly Counted[]) {
  const sum = (of: (row: Counted) => number) => rows.reduce((before, row) => before + of(row), 0);
  const input = sum((row) => row.inputTokens);
  const cached = sum((row) => row.cachedInputTokens);
  return {
    tokens: sum((row) => row.totalTokens),
    calls: sum((row) => row.totalApiCalls),
    unpriced: sum((row) => row.unpricedCalls),
    knownCost: sumOf(rows.map((row) => row.knownCost)),
    /** Of the input, how many percent came from a cache; null without input. */
    cachedPercent: percentOf(cached, input + cached),
  };
}

/** A part in percent; null of nothing. */
export function percentOf(part: number, whole: number): number | null {
  return whole > 0 ? (100 * part) / whole : null;
}
