import { useId } from 'react';
import { useChange } from '../api/answers';
import { credential, signOut } from '../api/credential';
import { useStore } from '../api/store';
import { RemoveDemo } from '../gql/operations';
import { chooseLanguage, LANGUAGES, type Language, language } from '../i18n/language';
import { Choice } from '../ui/Choice';
import { chooseTheme, THEMES, type Theme, theme } from '../ui/theme';
import { useStartDemo } from './demo';
import { useMay, useRoleName, useViewer } from './viewer';
import { useShellWords } from './words';

const THEME_WORDS = {
  system: 'themeSystem',
  light: 'themeLight',
  dark: 'themeDark',
} as const satisfies Record<Theme, string>;

/** Language, appearance, and who is signed in. */
export function SettingsMenu() {
  const say = useShellWords();
  const id = useId();
  return (
    <div className="settings">
      <LanguageSelect />
      <button type="button" className="button small" popoverTarget={id}>
        {say('settings')}
      </button>
      <div id={id} popover="auto" className="card settings-card">
        <Appearance />
        <Identity />
      </div>
    </div>
  );
}

export function LanguageSelect() {
  const say = useShellWords();
  const present = useStore(language);
  return (
    <select
      className="control"
      aria-label={say('language')}
      value={present}
      onChange={(event) => chooseLanguage(event.target.value as Language)}
    >
      {Object.entries(LANGUAGES).map(([tag, name]) => (
        <option key={tag} value={tag} lang={tag}>
          {name}
        </option>
      ))}
    </select>
  );
}

function Appearance() {
  const say = useShellWords();
  const present = useStore(theme);
  const options = THEMES.map((value) => ({ value, label: say(THEME_WORDS[value]) }));
  return <Choice label={say('theme')} value={present} options={options} onChange={chooseTheme} />;
}

function Identity() {
  const say = useShellWords();
  const role = useRoleName();
  const { tenantId, subject, isDemo, demo } = useViewer();
  const hasCredential = useStore(credential) !== null;
  const removal = useChange(RemoveDemo);
  const start = useStartDemo();
  const mayDemo = useMay('MANAGE_DEMO');
  return (
    <>
      <p className="note">{say('tenant', { tenant: tenantId, role, subject })}</p>
      {demo && mayDemo && !isDemo && (
        <button type="button" className="button" disabled={start.isPending} onClick={start.show}>
          {say('startDemo')}
        </button>
      )}
      {isDemo && (
        <button
          type="button"
          className="button"
          disabled={removal.isPending}
          onClick={() => removal.mutate({}, { onSuccess: signOut })}
        >
          {say('removeDemo')}
        </button>
      )}
      {hasCredential && (
        <button type="button" className="button" onClick={signOut}>
          {say(isDemo ? 'leaveDemo' : 'signOut')}
        </button>
      )}
    </>
  );
}
