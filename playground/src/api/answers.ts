import {
  keepPreviousData,
  QueryClient,
  type UseQueryResult,
  useMutation,
  useQuery,
} from '@tanstack/react-query';
import { refuse } from './credential';
import { codeOf, isPassing } from './failure';
import { ask } from './http';
import type { Operation } from './operation';

/** Answers of the service, kept while they are shown. */
export const answers = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) => isPassing(error) && failures < 2,
      retryDelay: (failures) => Math.min(1000 * 2 ** failures, 10_000),
      staleTime: 10_000,
      placeholderData: keepPreviousData,
      throwOnError: false,
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
});

answers.getQueryCache().config.onError = leaveIfUnknown;
answers.getMutationCache().config.onError = leaveIfUnknown;

/** Whose credentials are no longer taken has to sign in again. */
function leaveIfUnknown(error: unknown): void {
  if (codeOf(error) === 'UNAUTHENTICATED') {
    refuse(error instanceof Error ? error.message : '');
  }
}

interface Asking {
  /** Asked again this often while the page is seen. */
  everyMs?: number;
  /** Not asked at all while false. */
  enabled?: boolean;
}

/** The answer to an operation, asked again when its variables change. */
export function useAnswer<Data, Variables>(
  operation: Operation<Data, Variables>,
  variables: Variables,
  { everyMs, enabled = true }: Asking = {},
): UseQueryResult<Data> {
  return useQuery({
    queryKey: [operation.name, variables],
    queryFn: ({ signal }) => ask(operation, variables, signal),
    refetchInterval: everyMs ?? false,
    enabled,
  });
}

/** A mutation; what `refreshes` names, by operation, is asked again after it. */
export function useChange<Data, Variables>(
  operation: Operation<Data, Variables>,
  refreshes: readonly Operation<never, never>[] | readonly { name: string }[] = [],
) {
  return useMutation({
    mutationFn: (variables: Variables) => ask(operation, variables),
    onSuccess: () => {
      for (const { name } of refreshes) {
        answers.invalidateQueries({ queryKey: [name] });
      }
    },
  });
}
