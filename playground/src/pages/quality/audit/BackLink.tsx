import { Link, useSearch } from 'wouter';
import { withSearch } from '../useChosen';
import { useQualityWords } from '../words';

/** Leads to the list as it was. */
export function BackLink() {
  const say = useQualityWords();
  const search = new URLSearchParams(useSearch());
  search.delete('event');
  return (
    <Link className="back" href={withSearch('', search)}>
      <span aria-hidden="true">←</span> {say('back')}
    </Link>
  );
}
