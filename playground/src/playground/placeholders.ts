export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type Variables = { [name: string]: Json };

const PLACEHOLDER = /\{(?:today(?:([+-]\d+)d)?|now(?:([+-]\d+)h)?)\}/g;

/** Replaces `{today-6d}` with a date and `{now-24h}` with an instant in every string of `value`. */
export function fillIn<T extends Json>(value: T, now: Date): T {
  const text = JSON.stringify(value).replace(PLACEHOLDER, (placeholder, days = '0', hours = '0') =>
    placeholder.startsWith('{today')
      ? dateAfter(now, Number(days))
      : instantAfter(now, Number(hours)),
  );
  return JSON.parse(text);
}

function dateAfter(now: Date, days: number): string {
  const day = new Date(now.getFullYear(), now.getMonth(), now.getDate() + days);
  const month = String(day.getMonth() + 1).padStart(2, '0');
  return `${day.getFullYear()}-${month}-${String(day.getDate()).padStart(2, '0')}`;
}

function instantAfter(now: Date, hours: number): string {
  const instant = new Date(now.getTime() + hours * 3_600_000);
  return `${instant.toISOString().slice(0, 19)}Z`;
}
