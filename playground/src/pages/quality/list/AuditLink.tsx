import { useEffect, useRef } from 'react';
import { Link, useSearch } from 'wouter';
import { returning } from '../returning';
import { withSearch } from '../useChosen';

/** Opens an audit, and keeps the list that it was opened from. */
export function AuditLink({ id }: { id: string }) {
  const search = new URLSearchParams(useSearch());
  const link = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    if (returning.from === id) {
      returning.from = null;
      link.current?.focus();
    }
  }, [id]);
  return (
    <Link
      ref={link}
      className="audit-link"
      href={withSearch(`/${encodeURIComponent(id)}`, search)}
      data-audit={id}
    >
      {id}
    </Link>
  );
}
