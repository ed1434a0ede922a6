/** The field that a reviewer writes the score into, or the first of the decision. */
export const SCORE_ID = 'audit-score';
const DECISION_ID = 'audit-decision';

export function focusDecision(): void {
  const field =
    document.getElementById(SCORE_ID) ??
    document.querySelector<HTMLElement>(`#${DECISION_ID} input`);
  field?.focus();
  field?.scrollIntoView({ block: 'center' });
}
