import { type Day, plusDays } from '../../i18n/dates';

/** A calendar month, `2025-12`. */
export type Month = string;

const SHAPE = /^\d{4}-(0[1-9]|1[0-2])$/;

export function monthOf(day: Day): Month {
  return day.slice(0, 7);
}

/** The month so many months later. */
export function plusMonths(month: Month, months: number): Month {
  const at = new Date(`${month}-01T00:00:00Z`);
  at.setUTCMonth(at.getUTCMonth() + months);
  return at.toISOString().slice(0, 7);
}

/** The one that the address names, where it is one and has begun; otherwise the present one. */
export function chosenMonth(given: string | null, today: Day): Month {
  const present = monthOf(today);
  return given && SHAPE.test(given) && given <= present ? given : present;
}

/** The days of a month, up to today. */
export function daysOf(month: Month, today: Day): { from: Day; to: Day; days: number } {
  const from = `${month}-01`;
  const last = plusDays(`${plusMonths(month, 1)}-01`, -1);
  const to = last < today ? last : today;
  return { from, to, days: Number(to.slice(8)) };
}

/** The present month and those before it, newest first, with `chosen` among them. */
export function monthsUpTo(today: Day, chosen: Month, count = 24): Month[] {
  const present = monthOf(today);
  const months = Array.from({ length: count }, (_, back) => plusMonths(present, -back));
  return months.includes(chosen) ? months : [...months, chosen];
}
