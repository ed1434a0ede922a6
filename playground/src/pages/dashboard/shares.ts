/** Shares in whole percent that add up to exactly 100, as the API gives them; zeros without a sum. */
export function sharesOf(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, one) => sum + one, 0);
  if (total <= 0) {
    return counts.map(() => 0);
  }
  const shares = counts.map((one) => Math.floor((one * 100) / total));
  const missing = 100 - shares.reduce((sum, one) => sum + one, 0);
  // Equal remainders go to the earlier one: sorting keeps their order.
  const byRemainder = counts
    .map((one, index) => ({ index, remainder: (one * 100) % total }))
    .sort((one, other) => other.remainder - one.remainder);
  for (const { index } of byRemainder.slice(0, missing)) {
    shares[index] = (shares[index] ?? 0) + 1;
  }
  return shares;
}
