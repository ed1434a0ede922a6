import { createStore } from './store';

const KEY = 'deskpulse:credential';

/** The token or key that is sent with everything; lives as long as the browser's tab. */
export const credential = createStore<string | null>(sessionStorage.getItem(KEY));

export function signIn(tokenOrKey: string): void {
  sessionStorage.setItem(KEY, tokenOrKey);
  credential.set(tokenOrKey);
}

export function signOut(): void {
  sessionStorage.removeItem(KEY);
  credential.set(null);
}

/** The value of `Authorization`, when there is something to send. */
export function authorization(): string | undefined {
  const own = credential.get();
  return own ? `Bearer ${own}` : undefined;
}

/** Why the credentials that were sent last are not taken; null when there were none, or they are. */
export const refusal = createStore<string | null>(null);

/** Drops credentials that the service does not take. */
export function refuse(reason: string): void {
  if (credential.get() !== null) {
    refusal.set(reason);
    signOut();
  }
}
