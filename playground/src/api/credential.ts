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
