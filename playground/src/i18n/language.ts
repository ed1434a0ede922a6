import { createInstance } from 'i18next';
import { initReactI18next } from 'react-i18next';
import { createStore } from '../api/store';

export const LANGUAGES = { en: 'English', 'zh-CN': '简体中文' } as const;
export type Language = keyof typeof LANGUAGES;

const KEY = 'deskpulse:language';

/** The language that was chosen, or the first of the browser's that there is. */
export function languageFrom(chosen: string | null, preferred: readonly string[]): Language {
  const wanted = chosen ? [chosen, ...preferred] : preferred;
  for (const tag of wanted) {
    const [primary] = tag.toLowerCase().split('-');
    if (primary === 'zh') {
      return 'zh-CN';
    }
    if (primary === 'en') {
      return 'en';
    }
  }
  return 'en';
}

export const language = createStore(languageFrom(localStorage.getItem(KEY), navigator.languages));

export const i18n = createInstance();
i18n.use(initReactI18next).init({
  lng: language.get(),
  fallbackLng: false,
  resources: {},
  nsSeparator: false,
  keySeparator: false,
  initAsync: false,
  interpolation: { escapeValue: false },
});
document.documentElement.lang = language.get();

export function chooseLanguage(next: Language): void {
  localStorage.setItem(KEY, next);
  document.documentElement.lang = next;
  i18n.changeLanguage(next);
  language.set(next);
}
