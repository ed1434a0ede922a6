import { useMemo } from 'react';
import { useStore } from '../api/store';
import { useTimeZone } from '../shell/viewer';
import { type Language, language } from './language';

/** What is not known, and not zero. */
export const UNKNOWN = '–';

type Maybe<Value> = Value | null | undefined;

export interface Format {
  /** A count: 12,345. */
  count(value: Maybe<number>): string;
  /** A large count in short: 12.3K, 1.2万. */
  short(value: Maybe<number>): string;
  /** With as many decimals: 4.27. */
  decimal(value: Maybe<number>, digits?: number): string;
  /** Of a percentage from 0 to 100: 87.5 %. */
  percent(value: Maybe<number>, digits?: number): string;
  /** Of a ratio, with its sign: +12.5 %. */
  change(ratio: Maybe<number>): string;
  /** An amount of the tenant's currency, from the decimal text of the API. */
  money(value: Maybe<string | number>, digits?: number): string;
  /** Seconds as people read them: 42 s, 3 min 5 s, 2 h 10 min. */
  duration(seconds: Maybe<number>): string;
  /** An instant's time of day in the tenant's zone: 14:05:09. */
  time(instant: Maybe<string | number>): string;
  /** An instant in the tenant's zone: 25 Dec 2025, 14:05. */
  instant(instant: Maybe<string | number>): string;
  /** A calendar date: 25 Dec 2025. */
  date(day: Maybe<string>): string;
  /** A calendar date in short: 25 Dec. */
  shortDate(day: Maybe<string>): string;
  /** A calendar month, from any of its dates or `2025-12`: December 2025. */
  month(month: Maybe<string>): string;
}

export function formatOf(lang: Language, timeZone: string): Format {
  const number = (options: Intl.NumberFormatOptions) => {
    const format = new Intl.NumberFormat(lang, options);
    return (value: number) => format.format(value);
  };
  const when = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(lang, options);
  const count = number({ maximumFractionDigits: 0 });
  const short = number({ notation: 'compact', maximumFractionDigits: 1 });
  const change = number({ style: 'percent', maximumFractionDigits: 1, signDisplay: 'exceptZero' });
  const time = when({
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  const instant = when({
    timeZone,
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const date = when({ timeZone: 'UTC', year: 'numeric', month: 'short', day: 'numeric' });
  const shortDate = when({ timeZone: 'UTC', month: 'short', day: 'numeric' });
  const month = when({ timeZone: 'UTC', year: 'numeric', month: 'long' });
  const units: Record<Language, Record<string, string>> = {
    en: { d: 'd', h: 'h', m: 'min', s: 's', ms: 'ms' },
    'zh-CN': { d: '天', h: '小时', m: '分', s: '秒', ms: '毫秒' },
  };
  const gap = lang === 'en' ? ' ' : '';
  const part = (value: number, unit: string) => `${count(value)}${gap}${units[lang][unit]}`;
  const known = <Value>(show: (value: Value) => string) => {
    return (value: Maybe<Value>) => (value === null || value === undefined ? UNKNOWN : show(value));
  };

  return {
    count: known(count),
    short: known(short),
    decimal: (value, digits = 2) =>
      known<number>(number({ minimumFractionDigits: digits, maximumFractionDigits: digits }))(
        value,
      ),
    percent: (value, digits = 1) =>
      known<number>((percent) =>
        number({ style: 'percent', maximumFractionDigits: digits })(percent / 100),
      )(value),
    change: known(change),
    money: (value, digits = 2) =>
      known<string | number>((amount) =>
        number({ minimumFractionDigits: digits, maximumFractionDigits: digits })(Number(amount)),
      )(value),
    duration: known((seconds: number) => {
      if (seconds > 0 && seconds < 1) {
        return part(seconds * 1000, 'ms');
      }
      if (seconds < 10 && !Number.isInteger(seconds)) {
        return `${number({ maximumFractionDigits: 1 })(seconds)}${gap}${units[lang].s}`;
      }
      const whole = Math.round(seconds);
      const [days, hours] = [Math.floor(whole / 86_400), Math.floor((whole % 86_400) / 3600)];
      const [minutes, rest] = [Math.floor((whole % 3600) / 60), whole % 60];
      const parts: [number, string][] =
        days > 0
          ? [
              [days, 'd'],
              [hours, 'h'],
            ]
          : hours > 0
            ? [
                [hours, 'h'],
                [minutes, 'm'],
              ]
            : [
                [minutes, 'm'],
                [rest, 's'],
              ];
      const shown = parts.filter(([value]) => value > 0);
      return shown.length === 0
        ? part(0, 's')
        : shown.map(([value, unit]) => part(value, unit)).join(gap);
    }),
    time: known((at: string | number) => time.format(new Date(at))),
    instant: known((at: string | number) => instant.format(new Date(at))),
    date: known((day: string) => date.format(new Date(`${day}T00:00:00Z`))),
    shortDate: known((day: string) => shortDate.format(new Date(`${day}T00:00:00Z`))),
    month: known((day: string) => month.format(new Date(`${day.slice(0, 7)}-01T00:00:00Z`))),
  };
}

/** Numbers and times in the chosen language and the tenant's zone. */
export function useFormat(): Format {
  const lang = useStore(language);
  const timeZone = useTimeZone();
  return useMemo(() => formatOf(lang, timeZone), [lang, timeZone]);
}
