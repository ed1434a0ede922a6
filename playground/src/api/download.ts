import { authorization, refuse } from './credential';
import { codeOfStatus, Failure } from './failure';
import { noteAnswer, noteSilence } from './reach';

/** Values of parameters; a list is there once for each of its values. */
export type Parameters = Record<string, string | readonly string[] | undefined>;

/** The address of an export: `/export/metrics.csv?ids=a&ids=b`. */
export function exportAddress(path: string, parameters: Parameters): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of typeof value === 'string' ? [value] : (value ?? [])) {
      given.append(name, one);
    }
  }
  return `${path}?${given}`;
}

/** Saves a list of the service as a file; a link could not send the credentials. */
export async function download(path: string, parameters: Parameters, name: string): Promise<void> {
  const authorized = authorization();
  const response = await fetch(exportAddress(path, parameters), {
    headers: authorized ? { authorization: authorized } : {},
  }).catch(silent);
  if (!response.ok) {
    throw await refusalOf(response);
  }
  // A list that breaks off is never whole: the body fails, and nothing is saved.
  save(await response.blob().catch(silent), name);
  noteAnswer();
}

function silent(cause: Error): never {
  noteSilence();
  throw new Failure('UNREACHABLE', cause.message);
}

async function refusalOf(response: Response): Promise<Failure> {
  noteAnswer();
  const { errors } = await response.json().catch(() => ({}));
  const status = codeOfStatus(response.status);
  const failure = errors?.length ? Failure.of(errors) : new Failure(status, response.statusText);
  if (failure.code === 'UNAUTHENTICATED') {
    refuse(failure.message);
  }
  return failure;
}

/** Has the browser save a file. */
export function save(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // The browser has taken the file by the next turn.
  setTimeout(() => URL.revokeObjectURL(link.href));
}
