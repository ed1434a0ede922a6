import { useCallback, useMemo } from 'react';
import { useLocation, useSearch } from 'wouter';
import { useTimeZone } from '../../shell/viewer';
import { type Chosen, filterOf, readChosen, writeChosen } from './chosen';

/** What the address bar chooses, and how to choose something else. */
export function useChosen() {
  const search = useSearch();
  const [, navigate] = useLocation();
  const timeZone = useTimeZone();
  const chosen = useMemo(() => readChosen(new URLSearchParams(search)), [search]);
  const choose = useCallback(
    (change: Partial<Chosen>, options?: { replace?: boolean }) =>
      // Of the address itself: a choice made a moment ago may not be rendered yet.
      navigate(withSearch('', writeChosen(present(), change)), options),
    [navigate],
  );
  const variables = useMemo(() => {
    const { page, size, sort } = chosen;
    return { page, size, sort, filter: filterOf(chosen, timeZone) };
  }, [chosen, timeZone]);
  return { chosen, choose, variables };
}

function present(): Chosen {
  return readChosen(new URLSearchParams(window.location.search));
}

/** An address within the page, with what is chosen. */
export function withSearch(path: string, params: URLSearchParams): string {
  return params.size > 0 ? `${path}?${params}` : path;
}
