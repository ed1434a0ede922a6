import { useMemo } from 'react';
import { useRouter, useSearch } from 'wouter';
import { navigate } from 'wouter/use-browser-location';
import { dayOf } from '../../i18n/dates';
import { useTimeZone } from '../../shell/viewer';
import { type View, viewOf } from './address';

/** What takes the place of parameters; null takes one out. */
export type Changes = Record<string, string | null>;

export interface Address {
  params: URLSearchParams;
  view: View;
  /** Writes into the address bar; with `step` Back undoes it. */
  change(changes: Changes, step?: boolean): void;
}

/** What is chosen on the page, kept in the address bar. */
export function useAddress(): Address {
  const search = useSearch();
  const { base } = useRouter();
  const today = dayOf(new Date(), useTimeZone());
  return useMemo(() => {
    const params = new URLSearchParams(search);
    return {
      params,
      view: viewOf(params, today),
      change: (changes, step) => write(base, changes, step),
    };
  }, [search, base, today]);
}

function write(path: string, changes: Changes, step = false): void {
  const params = new URLSearchParams(window.location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) {
      params.delete(name);
    } else {
      params.set(name, value);
    }
  }
  const given = params.toString();
  navigate(given ? `${path}?${given}` : path, { replace: !step });
}
