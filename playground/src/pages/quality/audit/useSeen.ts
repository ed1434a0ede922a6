import { useEffect, useState } from 'react';
import type { Audit } from './AuditPage';

/**
 * The audit as whoever decides has seen it. While something is written it stays that one, and
 * whoever changes the audit meanwhile is told of instead of being overruled unseen.
 */
export function useSeen(audit: Audit, isWriting: boolean) {
  const [seen, setSeen] = useState(audit);
  const isOther = seen.version !== audit.version;
  useEffect(() => {
    if (!isWriting) {
      setSeen(audit);
    }
  }, [audit, isWriting]);
  return { seen, isOvertaken: isOther && isWriting, catchUp: () => setSeen(audit) };
}
