import { expect, test } from 'vitest';
import { refusesDispute, refusesReview, refusesRuling, type Subject } from './access';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const waiting: Subject = {
  agentId: 'li',
  status: 'PENDING_REVIEW',
  claimedBy: null,
  claimedUntil: null,
  dispute: null,
};
const reviewer = { subject: 'zhang', rights: ['REVIEW_AUDITS', 'DISPUTE_AUDITS'], ownRights: [] };
const agent = { subject: 'li', rights: [], ownRights: ['DISPUTE_AUDITS'] };
const who = (one: object) => one as Parameters<typeof refusesReview>[1];

const claimed = (by: string, until: string) => ({ ...waiting, claimedBy: by, claimedUntil: until });

test.each([
  ['a reviewer one that waits', waiting, reviewer, null],
  ['an agent any', waiting, agent, 'role'],
  ['a reviewer the own session', { ...waiting, agentId: 'zhang' }, reviewer, 'own'],
  ['a reviewer one that is decided', { ...waiting, status: 'PASSED' }, reviewer, 'done'],
  ['a reviewer one of another', claimed('wang', '2026-03-01T12:05:00Z'), reviewer, 'claimed'],
  ['a reviewer the own claim', claimed('zhang', '2026-03-01T12:05:00Z'), reviewer, null],
  ['a reviewer a claim that ran out', claimed('wang', '2026-03-01T11:59:00Z'), reviewer, null],
] as const)('reviews: %s', (_, audit, viewer, refusal) => {
  expect(refusesReview(audit as Subject, who(viewer), NOW)).toBe(refusal);
});

const failed: Subject = { ...waiting, status: 'FAILED' };
const disputed: Subject = { ...failed, dispute: { ruling: null } };

test.each([
  ['the agent of the session', failed, agent, null],
  ['who did not lead it', failed, reviewer, 'notOwn'],
  ['the agent before the result is final', waiting, agent, 'notFinal'],
  ['the agent a second time', disputed, agent, 'disputed'],
  ['the agent without the right', failed, { ...agent, ownRights: [] }, 'role'],
] as const)('disputes: %s', (_, audit, viewer, refusal) => {
  expect(refusesDispute(audit, who(viewer))).toBe(refusal);
});

test.each([
  ['a reviewer an open dispute', disputed, reviewer, null],
  ['a reviewer without one', failed, reviewer, 'done'],
  ['a reviewer one ruled on', { ...failed, dispute: { ruling: 'REJECTED' } }, reviewer, 'done'],
  ['the agent', disputed, agent, 'role'],
  ['a reviewer of the own session', { ...disputed, agentId: 'zhang' }, reviewer, 'own'],
] as const)('rules: %s', (_, audit, viewer, refusal) => {
  expect(refusesRuling(audit as Subject, who(viewer))).toBe(refusal);
});
