import { useEffect } from 'react';
import { useChange } from '../api/answers';
import { signIn } from '../api/credential';
import { StartDemo } from '../gql/operations';
import type { Viewer } from './viewer';

/** Starts the demo and goes there. */
export function useStartDemo() {
  const start = useChange(StartDemo);
  return {
    ...start,
    show: () => start.mutate({}, { onSuccess: ({ startDemo }) => signIn(startDemo.key) }),
  };
}

const PARAMETER = 'demo';

/** Goes to the demo when the address asks for it: `?demo=1`. */
export function useDemoOfAddress(viewer: Viewer | undefined): void {
  const key = viewer && !viewer.isDemo ? viewer.demo?.key : undefined;
  useEffect(() => {
    const address = new URL(window.location.href);
    if (key && address.searchParams.get(PARAMETER) === '1') {
      address.searchParams.delete(PARAMETER);
      window.history.replaceState(null, '', address);
      signIn(key);
    }
  }, [key]);
}
