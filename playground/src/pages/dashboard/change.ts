import type { Declared } from './figures';

/** A figure beside the same of the time before. */
export interface Compared {
  value: number | null;
  previous: number | null;
  delta: number | null;
  ratio: number | null;
}

export interface Change {
  direction: 'up' | 'down' | 'same';
  judgement: 'better' | 'worse' | 'neither';
}

/** What is too little to be read in the figures, in their unit. */
const UNSEEN = { COUNT: 0.5, SECONDS: 0.0005, PERCENT: 0.05, SCORE: 0.005 };

/** Which way a figure went, and whether that is good; null where there is nothing to compare. */
export function changeOf({ delta }: Compared, { unit, good }: Declared): Change | null {
  if (delta === null) {
    return null;
  }
  if (Math.abs(delta) < UNSEEN[unit]) {
    return { direction: 'same', judgement: 'neither' };
  }
  const direction = delta > 0 ? 'up' : 'down';
  if (good === 'neither') {
    return { direction, judgement: 'neither' };
  }
  return { direction, judgement: direction === good ? 'better' : 'worse' };
}
