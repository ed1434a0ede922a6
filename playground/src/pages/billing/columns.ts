/** A round number at or above the greatest value, and where the lines of an axis up to it are. */
export function axisOf(greatest: number, lines = 4): { most: number; ticks: number[] } {
  if (!(greatest > 0)) {
    return { most: 1, ticks: [0] };
  }
  const rough = greatest / lines;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * size >= rough * 0.9999) ?? 10) * size;
  const count = Math.ceil(greatest / step - 1e-9);
  return {
    most: step * count,
    ticks: Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12))),
  };
}

/** Which labels along the bottom are written: some, evenly, from the last one back. */
export function isLabelled(index: number, count: number, most: number): boolean {
  const every = Math.ceil(count / most);
  return (count - 1 - index) % every === 0;
}
