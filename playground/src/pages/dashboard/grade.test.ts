import { expect, test } from 'vitest';
import { gradeOf } from './grade';

test.each([
  ['Excellent', 'excellent'],
  ['良好', 'good'],
  ['合格', 'acceptable'],
  ['Needs improvement', 'needsImprovement'],
  ['Superb', undefined],
])('%s is the grade %s, in whatever language it is written', (written, grade) => {
  expect(gradeOf(written)).toBe(grade);
});
