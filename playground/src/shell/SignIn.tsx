import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { refusal, signIn } from '../api/credential';
import { useStore } from '../api/store';
import { LanguageSelect } from './SettingsMenu';
import { useShellWords } from './words';

/** Asks for a token or key. */
export function SignIn() {
  const say = useShellWords();
  const reason = useStore(refusal);
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
  const refused = reason === null ? undefined : say('credentialWrong', { reason });
  const mistake = isMissing ? say('credentialMissing') : refused;
  return (
    <main className="welcome">
      <form className="card" onSubmit={submit}>
        <header>
          <h1>
            <img src="/icon.svg" alt="" width="28" height="28" /> Deskpulse
          </h1>
          <LanguageSelect />
        </header>
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
