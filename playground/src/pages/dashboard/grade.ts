/** The grades as the service writes them, in the tenant's language; the page shows them in the reader's. */
const WRITTEN = {
  excellent: ['Excellent', '卓越'],
  good: ['Good', '良好'],
  acceptable: ['Acceptable', '合格'],
  needsImprovement: ['Needs improvement', '待改进'],
} as const;

type Grade = keyof typeof WRITTEN;

/** Which grade it is; undefined for one that this page does not know. */
export function gradeOf(written: string): Grade | undefined {
  const grades = Object.keys(WRITTEN) as Grade[];
  return grades.find((grade) => WRITTEN[grade].some((word) => word === written));
}
