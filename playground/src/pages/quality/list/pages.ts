/** The numbers that a bar of pages shows; null is a gap. */
export function pageNumbers(page: number, last: number): (number | null)[] {
  const near = [1, page - 1, page, page + 1, last].filter(
    (number, index, all) => number >= 1 && number <= last && all.indexOf(number) === index,
  );
  near.sort((one, other) => one - other);
  const shown: (number | null)[] = [];
  for (const number of near) {
    const before = shown.at(-1) ?? 0;
    if (number - before === 2) {
      shown.push(number - 1);
    } else if (number - before > 2) {
      shown.push(null);
    }
    shown.push(number);
  }
  return shown;
}
