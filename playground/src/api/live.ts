import { type Client, createClient } from 'graphql-ws';
import { useEffect, useState } from 'react';
import { authorization, credential, refuse } from './credential';
import { Failure } from './failure';
import type { Operation } from './operation';
import { noteAnswer, noteBreak } from './reach';
import { socketUrl } from './socket-url';
import { createStore, useStore } from './store';

/** The codes of graphql-transport-ws for credentials that are not taken. */
const REFUSALS = [4401, 4403];

/** How long a pong is awaited before the connection is taken for dead. */
const PONG_MS = 5000;

/** Since when subscriptions have no connection, in milliseconds of the clock; null while they have. */
export const unlinkedSince = createStore<number | null>(Date.now());

let client: Client | undefined;
let pong: ReturnType<typeof setTimeout> | undefined;
credential.subscribe(() => {
  const former = client;
  client = undefined;
  // Rejects when the connection ends before it was acknowledged; it ends in any case.
  Promise.resolve(former?.dispose()).catch(() => undefined);
});

function socket(): Client {
  client ??= createClient({
    url: socketUrl(window.location.href),
    connectionParams: () => {
      const value = authorization();
      return value ? { Authorization: value } : {};
    },
    retryAttempts: Number.POSITIVE_INFINITY,
    retryWait: async (retries) => {
      const patience = Math.min(500 * 2 ** retries, 5000) * (0.75 + Math.random() / 2);
      await new Promise((resolve) => setTimeout(resolve, patience));
    },
    shouldRetry: (event) => !isRefusal(event),
    keepAlive: 10_000,
    on: {
      connected: () => {
        unlinkedSince.set(null);
        noteAnswer();
      },
      closed: (event) => {
        clearTimeout(pong);
        unlinkedSince.set(unlinkedSince.get() ?? Date.now());
        isRefusal(event) ? refuse(event.reason) : noteUnclean(event);
      },
      // A network that went away says nothing: without this the connection would look alive for minutes.
      ping: (isReceived) => {
        if (!isReceived) {
          pong = setTimeout(() => client?.terminate(), PONG_MS);
        }
      },
      pong: (isReceived) => isReceived && clearTimeout(pong),
      error: noteBreak,
    },
  });
  return client;
}

function isRefusal(event: unknown): event is CloseEvent {
  return event instanceof CloseEvent && REFUSALS.includes(event.code);
}

function noteUnclean(event: unknown): void {
  if (!(event instanceof CloseEvent && event.wasClean && event.code === 1000)) {
    noteBreak();
  }
}

/** What a subscription said last. */
export interface Live<Data> {
  data: Data | undefined;
  /** When it came, in milliseconds of the clock. */
  at: number | undefined;
  error: Failure | undefined;
}

const NOTHING = { data: undefined, at: undefined, error: undefined };

/** Follows a subscription while the component is shown; it goes on by itself after a break. */
export function useLive<Data, Variables extends Record<string, unknown>>(
  operation: Operation<Data, Variables>,
  variables: Variables,
  enabled = true,
): Live<Data> {
  const own = useStore(credential);
  const [live, setLive] = useState<Live<Data>>(NOTHING);
  const given = JSON.stringify(variables);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `own` opens another socket
  useEffect(() => {
    setLive(NOTHING);
    if (!enabled) {
      return;
    }
    return socket().subscribe<Data>(
      { query: operation.text, operationName: operation.name, variables: JSON.parse(given) },
      {
        next: ({ data, errors }) => {
          noteAnswer();
          const error = errors?.length ? Failure.of(errors as never) : undefined;
          setLive((before) => ({ data: data ?? before.data, at: Date.now(), error }));
        },
        error: (cause) => setLive((before) => ({ ...before, error: failureOf(cause) })),
        complete: () => undefined,
      },
    );
  }, [operation, given, enabled, own]);
  return live;
}

function failureOf(cause: unknown): Failure {
  return Array.isArray(cause) ? Failure.of(cause) : new Failure('UNREACHABLE', String(cause));
}
