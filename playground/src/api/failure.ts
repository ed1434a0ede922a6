/** What the service says of a refusal, beside the codes of `extensions.code`. */
export type Code =
  | 'BAD_USER_INPUT'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'RATE_LIMITED'
  | 'QUOTA_EXCEEDED'
  | 'UNAVAILABLE'
  | 'INTERNAL_SERVER_ERROR'
  /** Nothing answered at all. */
  | 'UNREACHABLE';

interface GraphqlError {
  message: string;
  extensions?: { code?: string; retryAfterMs?: number };
}

/** An operation that was not answered. */
export class Failure extends Error {
  override readonly name = 'Failure';

  constructor(
    readonly code: Code,
    message: string,
    /** When to ask again, where the service says it. */
    readonly retryAfterMs?: number,
  ) {
    super(message);
  }

  static of(errors: readonly GraphqlError[]): Failure {
    const [first] = errors;
    const code = (first?.extensions?.code ?? 'INTERNAL_SERVER_ERROR') as Code;
    return new Failure(code, first?.message ?? '', first?.extensions?.retryAfterMs);
  }
}

/** The code of whatever was thrown. */
export function codeOf(error: unknown): Code {
  return error instanceof Failure ? error.code : 'INTERNAL_SERVER_ERROR';
}

/** Whether it may well go by itself. */
export function isPassing(error: unknown): boolean {
  return ['UNREACHABLE', 'UNAVAILABLE', 'RATE_LIMITED'].includes(codeOf(error));
}

/** The code of an answer that has no words, by its status. */
export function codeOfStatus(status: number): Code {
  switch (status) {
    case 401:
      return 'UNAUTHENTICATED';
    case 403:
      return 'FORBIDDEN';
    case 429:
      return 'RATE_LIMITED';
    case 502:
    case 503:
    case 504:
      return 'UNAVAILABLE';
    default:
      return 'INTERNAL_SERVER_ERROR';
  }
}
