import type { QualityAuditQuery } from '../../gql/operations';

type Scorer = QualityAuditQuery['quality']['overturns'][number];

/** What became of disputed scores, of all scorers together. */
export interface Disputes {
  open: number;
  overturned: number;
  rejected: number;
  /** 0 to 100, of those ruled on; null without any. */
  rate: number | null;
}

export function disputesOf(scorers: readonly Scorer[]): Disputes {
  const sum = (of: (scorer: Scorer) => number) =>
    scorers.reduce((before, scorer) => before + of(scorer), 0);
  const overturned = sum(({ accepted, partlyAccepted }) => accepted + partlyAccepted);
  const rejected = sum((scorer) => scorer.rejected);
  const ruled = overturned + rejected;
  return {
    open: sum((scorer) => scorer.open),
    overturned,
    rejected,
    rate: ruled > 0 ? (overturned / ruled) * 100 : null,
  };
}
