/** From here on little room is left, and from here on none. */
const NEARLY_FULL = 80;
const OVERLOADED = 100;

/** What a load in percent means, in a word and a tone; none without capacity. */
export function loadOf(percent: number | null) {
  if (percent === null) {
    return { word: 'noCapacity', tone: undefined } as const;
  }
  if (percent > OVERLOADED) {
    return { word: 'overloaded', tone: 'bad' } as const;
  }
  return percent >= NEARLY_FULL
    ? ({ word: 'nearlyFull', tone: 'warn' } as const)
    : ({ word: 'roomLeft', tone: 'good' } as const);
}
