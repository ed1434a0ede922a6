import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { signIn } from '../api/credential';
import { codeOf } from '../api/failure';
import { LanguageSelect } from './SettingsMenu';
import { useShellWords } from './words';

interface Props {
  /** Whether credentials were taken before. */
  isExpired: boolean;
  /** Why what was given last is not taken. */
  error?: unknown;
}

/** Asks for a token or key. */
export function SignIn({ isExpired, error }: Props) {
  const say = useShellWords();
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [isMissing, setMissing] = useState(false);
  useEffect(() => {
    document.title = `${say('signIn')} · Deskpulse`;
    input.current?.focus();
  }, [say]);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const given = (input.current?.value ?? '').trim().replace(/^Bearer\s+/i, '');
    setMissing(!given);
    if (given) {
      signIn(given);
    }
  };
  const mistake = isMissing ? say('credentialMissing') : wrong(error, say);
  return (
    <main className="welcome">
      <form className="card" onSubmit={submit}>
        <header>
          <h1>
            <img src="/icon.svg" alt="" width="28" height="28" /> Deskpulse
          </h1>
          <LanguageSelect />
        </header>
        {isExpired && !mistake && (
          <p className="banner warn" role="alert">
            {say('expired')}
          </p>
        )}
        <label className="field" htmlFor={id}>
          {say('credential')}
          <input
            ref={input}
            id={id}
            type="password"
            autoComplete="off"
            aria-invalid={mistake ? true : undefined}
            aria-describedby={`${id}-hint`}
          />
          {mistake && (
            <span className="mistake" role="alert">
              {mistake}
            </span>
          )}
        </label>
        <p className="note" id={`${id}-hint`}>
          {say('signInHint')}
        </p>
        <button type="submit" className="button primary">
          {say('signIn')}
        </button>
      </form>
    </main>
  );
}

function wrong(error: unknown, say: ReturnType<typeof useShellWords>): string | undefined {
  if (!(error instanceof Error)) {
    return undefined;
  }
  return codeOf(error) === 'UNREACHABLE'
    ? say('unreachable')
    : say('credentialWrong', { reason: error.message });
}
