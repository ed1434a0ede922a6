import { QueryClientProvider } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { answers, expired, useAnswer } from '../api/answers';
import { credential } from '../api/credential';
import { codeOf } from '../api/failure';
import { useStore } from '../api/store';
import { Viewer } from '../gql/operations';
import { Failed, Loading } from '../ui/states';
import { Shell } from './Shell';
import { SignIn } from './SignIn';
import { ViewerProvider } from './viewer';
import { Welcome } from './Welcome';

/** How often it is looked whether the first event has come, or the demo is filled. */
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
  const own = useStore(credential);
  const [isExpired, setExpired] = useState(false);
  const [isWaiting, setWaiting] = useState(true);
  const answer = useAnswer(Viewer, {}, isWaiting ? { everyMs: WAITING_MS } : {});
  const viewer = answer.data?.viewer;
  const isSettled = viewer?.hasEvents ?? false;
  useEffect(() => setWaiting(!isSettled), [isSettled]);
  useEffect(() => {
    const note = () => setExpired(true);
    expired.addEventListener('expired', note);
    return () => expired.removeEventListener('expired', note);
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: other credentials see other things
  useEffect(() => {
    answers.invalidateQueries();
  }, [own]);

  if (!viewer) {
    if (codeOf(answer.error) === 'UNAUTHENTICATED') {
      return <SignIn isExpired={isExpired} />;
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
