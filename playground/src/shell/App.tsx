import { QueryClientProvider } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { answers, useAnswer } from '../api/answers';
import { credential, refusal } from '../api/credential';
import { codeOf } from '../api/failure';
import { silentSince } from '../api/reach';
import { useStore } from '../api/store';
import { Viewer } from '../gql/operations';
import { Failed, Loading } from '../ui/states';
import { useDemoOfAddress } from './demo';
import { Shell } from './Shell';
import { SignIn } from './SignIn';
import { ViewerProvider } from './viewer';
import { Welcome } from './Welcome';

/** How often the service is asked who looks: so it is noticed when it goes, and when it is back. */
const CALM_MS = 10_000;
/** The same while it is silent, or nothing has come in yet. */
const WAITING_MS = 1500;

export function App() {
  return (
    <QueryClientProvider client={answers}>
      <Entrance />
    </QueryClientProvider>
  );
}

/** Lets in whom the service knows. */
function Entrance() {
  useOwnAnswersOnly();
  const isSilent = useStore(silentSince) !== null;
  const answer = useAnswer(Viewer, {}, { everyMs: isSilent ? WAITING_MS : CALM_MS });
  const viewer = answer.data?.viewer;
  useDemoOfAddress(viewer);
  const isWaiting = viewer && (!viewer.hasEvents || viewer.demo?.state === 'FILLING');
  useAnswer(Viewer, {}, { everyMs: WAITING_MS, enabled: isWaiting ?? false });
  useEffect(() => {
    if (viewer) {
      refusal.set(null);
    }
  }, [viewer]);

  if (!viewer) {
    if (codeOf(answer.error) === 'UNAUTHENTICATED') {
      return <SignIn />;
    }
    return answer.isError ? (
      <Failed error={answer.error} onRetry={() => answer.refetch()} />
    ) : (
      <Loading height={400} />
    );
  }
  return (
    <ViewerProvider value={viewer}>
      {viewer.hasEvents || viewer.isDemo ? <Shell /> : <Welcome />}
    </ViewerProvider>
  );
}

/** Forgets all answers when somebody else signs in. */
function useOwnAnswersOnly(): void {
  const own = useStore(credential);
  const before = useRef(own);
  useEffect(() => {
    if (before.current === own) {
      return;
    }
    before.current = own;
    answers.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== Viewer.name });
    answers.resetQueries({ queryKey: [Viewer.name] });
  }, [own]);
}
