import { useTranslation } from 'react-i18next';
import { i18n } from './language';

type Base<Key> = Key extends `${infer Stem}_${'one' | 'other'}` ? Stem : Key;
/** Chinese has no singular. */
type Chinese<Words> = Record<Exclude<keyof Words, `${string}_one`>, string>;

/** Says something by its key; `count` picks singular or plural. */
export type Say<Words> = (
  key: Base<keyof Words & string>,
  values?: Record<string, string | number>,
) => string;

/**
 * Registers what a part of the pages says, in both languages; without a translation it does not
 * compile. Gives the hook by which components say it.
 */
export function defineWords<const Words extends Record<string, string>>(
  part: string,
  en: Words,
  zh: Chinese<Words>,
): () => Say<Words> {
  i18n.addResourceBundle('en', part, en);
  i18n.addResourceBundle('zh-CN', part, zh);
  return () => {
    const { t } = useTranslation(part, { i18n });
    return (key, values) => t(key, values ?? {});
  };
}
