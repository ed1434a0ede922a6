import type { AuditStatus, DisputeRuling } from '../../gql/operations';
import type { Viewer } from '../../shell/viewer';

/** What decides who may do what with an audit. */
export interface Subject {
  agentId: string | null;
  status: AuditStatus;
  claimedBy: string | null;
  claimedUntil: string | null;
  dispute: { ruling: DisputeRuling | null } | null;
}

/** Why something is not offered; null where it is. */
export type Refusal = 'role' | 'own' | 'claimed' | 'done' | 'notOwn' | 'notFinal' | 'disputed';

type Who = Pick<Viewer, 'subject' | 'rights' | 'ownRights'>;

/** Who works on it at this moment; null when nobody does. */
export function claimant({ claimedBy, claimedUntil }: Subject, now: number): string | null {
  return claimedBy && claimedUntil && Date.parse(claimedUntil) > now ? claimedBy : null;
}

/** Why the viewer may not review it. */
export function refusesReview(audit: Subject, viewer: Who, now: number): Refusal | null {
  if (audit.status !== 'PENDING_REVIEW') {
    return 'done';
  }
  if (!viewer.rights.includes('REVIEW_AUDITS')) {
    return 'role';
  }
  if (audit.agentId === viewer.subject) {
    return 'own';
  }
  const by = claimant(audit, now);
  return by !== null && by !== viewer.subject ? 'claimed' : null;
}

/** Why the viewer may not rule on its dispute. */
export function refusesRuling(audit: Subject, viewer: Who): Refusal | null {
  if (!audit.dispute || audit.dispute.ruling) {
    return 'done';
  }
  if (!viewer.rights.includes('REVIEW_AUDITS')) {
    return 'role';
  }
  return audit.agentId === viewer.subject ? 'own' : null;
}

/** Why the viewer may not dispute it. */
export function refusesDispute(audit: Subject, viewer: Who): Refusal | null {
  if (audit.agentId !== viewer.subject) {
    return 'notOwn';
  }
  if (![...viewer.rights, ...viewer.ownRights].includes('DISPUTE_AUDITS')) {
    return 'role';
  }
  if (audit.status === 'PENDING_REVIEW') {
    return 'notFinal';
  }
  return audit.dispute ? 'disputed' : null;
}
