import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Failed, Loading } from './states';

interface Props<Data> {
  answer: UseQueryResult<Data>;
  /** Room to keep while the first answer is awaited. */
  height?: number;
  children(data: Data): ReactNode;
}

/** What was answered, or why not. An answer stays in sight while a newer one fails. */
export function Answered<Data>({ answer, height, children }: Props<Data>) {
  if (answer.data !== undefined) {
    return children(answer.data);
  }
  return answer.isError ? (
    <Failed error={answer.error} onRetry={() => answer.refetch()} />
  ) : (
    <Loading height={height} />
  );
}
