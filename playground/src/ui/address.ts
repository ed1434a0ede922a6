import { useCallback } from 'react';
import { useLocation, useRouter, useSearchParams } from 'wouter';

/** What takes the place of parameters; null takes one out, an empty value is one. */
export type Change = Record<string, string | null>;

/** The parameters of the address with `change` put in. */
export function changed(params: URLSearchParams, change: Change): URLSearchParams {
  const next = new URLSearchParams(params);
  for (const [name, value] of Object.entries(change)) {
    if (value === null) {
      next.delete(name);
    } else {
      next.set(name, value);
    }
  }
  return next;
}

/**
 * What is chosen on a page, kept in its address: `/billing?month=2025-12`, without the slash that a
 * nested router would write and no server knows. Choices that follow each other fast `replace`.
 */
export function useChosen() {
  const [params] = useSearchParams();
  const { base } = useRouter();
  const [location, navigate] = useLocation();
  const path = `~${base}${location === '/' ? '' : location}`;
  const choose = useCallback(
    (change: Change, { replace = false } = {}) => {
      // Of the address itself: a choice made a moment ago may not be rendered yet.
      const next = changed(new URLSearchParams(window.location.search), change).toString();
      navigate(next ? `${path}?${next}` : path, { replace });
    },
    [path, navigate],
  );
  return [params, choose] as const;
}
