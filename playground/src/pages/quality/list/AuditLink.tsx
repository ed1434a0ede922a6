import { Link, useSearch } from 'wouter';
import { withSearch } from '../useChosen';

/** Opens an audit, and keeps the list that it was opened from. */
export function AuditLink({ id }: { id: string }) {
  const search = new URLSearchParams(useSearch());
  return (
    <Link
      className="audit-link"
      href={withSearch(`/${encodeURIComponent(id)}`, search)}
      data-audit={id}
    >
      {id}
    </Link>
  );
}
