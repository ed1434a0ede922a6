import { useSyncExternalStore } from 'react';

const narrow = matchMedia('(max-width: 1000px)');

/** Whether a table of many columns finds no room. */
export function useNarrow(): boolean {
  return useSyncExternalStore(
    (listener) => {
      narrow.addEventListener('change', listener);
      return () => narrow.removeEventListener('change', listener);
    },
    () => narrow.matches,
  );
}
