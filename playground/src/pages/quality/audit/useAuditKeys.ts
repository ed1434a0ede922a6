import { useLocation, useSearch } from 'wouter';
import { useKeys } from '../queue/keys';
import { useClaim } from '../queue/useClaim';
import { neighbours } from '../useAudits';
import { useChosen, withSearch } from '../useChosen';
import type { Audit } from './AuditPage';
import { typeScore } from './ReviewForm';

const DIGITS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

/** J and K open the audits around, C claims or gives back, U leads back, digits are a score. */
export function useAuditKeys(id: string, audit: Audit | undefined): void {
  const [, navigate] = useLocation();
  const { variables } = useChosen();
  const { claimOrRelease } = useClaim();
  const search = new URLSearchParams(useSearch());
  search.delete('event');
  const open = (other: string | undefined) => {
    if (other === undefined) {
      return false;
    }
    navigate(withSearch(`/${encodeURIComponent(other)}`, search));
    return true;
  };
  useKeys({
    j: () => open(neighbours(id, variables).after),
    k: () => open(neighbours(id, variables).before),
    u: () => navigate(withSearch('', search)),
    c: () => audit !== undefined && claimOrRelease(audit),
    ...Object.fromEntries(DIGITS.map((digit) => [digit, () => typeScore()])),
  });
}
