import { authorization, refuse } from '../../api/credential';
import { type Code, Failure } from '../../api/failure';

const CODES: Record<number, Code> = {
  400: 'BAD_USER_INPUT',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  429: 'RATE_LIMITED',
  503: 'UNAVAILABLE',
};

/** Fetches an export with the credentials of the pages, and hands it to the browser as a file. */
export async function download(address: string, name: string): Promise<void> {
  const own = authorization();
  const response = await fetch(address, { headers: own ? { authorization: own } : {} }).catch(
    (cause: Error) => {
      throw new Failure('UNREACHABLE', cause.message);
    },
  );
  if (response.status === 401) {
    refuse('');
  }
  if (!response.ok) {
    const answer = await response.json().catch(() => undefined);
    const reason = answer?.errors?.[0]?.message ?? `HTTP ${response.status}`;
    throw new Failure(CODES[response.status] ?? 'INTERNAL_SERVER_ERROR', reason);
  }
  save(await response.blob(), nameFrom(response) ?? name);
}

/** The name that the service gives the file. */
function nameFrom({ headers }: Response): string | undefined {
  return /filename="([^"]+)"/.exec(headers.get('content-disposition') ?? '')?.[1];
}

function save(file: Blob, name: string): void {
  const address = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser has taken hold of it by the next task.
  setTimeout(() => URL.revokeObjectURL(address));
}
