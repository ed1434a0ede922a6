import { authorization } from './credential';
import { codeOfStatus, Failure } from './failure';
import type { Operation } from './operation';
import { noteAnswer, noteSilence } from './reach';

const TIMEOUT_MS = 35_000;

/** Asks over HTTP. Fails with a `Failure` only. */
export async function ask<Data, Variables>(
  operation: Operation<Data, Variables>,
  variables: Variables,
  signal?: AbortSignal,
): Promise<Data> {
  const authorized = authorization();
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json',
      ...(authorized && { authorization: authorized }),
    },
    body: JSON.stringify({ query: operation.text, operationName: operation.name, variables }),
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  }).catch((cause: Error) => {
    if (!signal?.aborted) {
      noteSilence();
    }
    throw new Failure('UNREACHABLE', cause.message);
  });
  noteAnswer();
  const answer = await response.json().catch(() => {
    throw new Failure(codeOfStatus(response.status), `HTTP ${response.status}`);
  });
  if (answer.errors?.length) {
    throw Failure.of(answer.errors);
  }
  return answer.data;
}
