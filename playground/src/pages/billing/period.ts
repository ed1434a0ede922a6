import { type Day, plusDays } from '../../i18n/dates';

/** The marks of every plan, in percent of its tokens. */
export const MARKS = [80, 95, 100] as const;

interface Used {
  date: Day;
  totalTokens: number;
}

/**
 * The first day of the period that ends before `reset`: the same day of the month before. Where that
 * is the last of a short month, the plan may begin on a later day: the one since which as many tokens
 * were used as the quota says.
 */
export function startOfPeriod(reset: Day, daily: readonly Used[], tokensUsed: number): Day {
  const [year = 0, month = 1, day = 1] = reset.split('-').map(Number);
  const dateOf = (of: number) => new Date(Date.UTC(year, month - 2, of)).toISOString().slice(0, 10);
  const lastBefore = new Date(Date.UTC(year, month - 1, 0)).getUTCDate();
  const first = Math.min(day, lastBefore);
  const isLast = plusDays(reset, 1).endsWith('-01');
  const candidates = Array.from({ length: isLast ? lastBefore - first + 1 : 1 }, (_, after) =>
    dateOf(first + after),
  );
  const usedSince = (start: Day) =>
    daily.reduce((sum, { date, totalTokens }) => (date < start ? sum : sum + totalTokens), 0);
  return candidates.find((start) => usedSince(start) === tokensUsed) ?? dateOf(first);
}

/** How many days from one to another. */
export function daysBetween(from: Day, to: Day): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
}

interface Known {
  /** Tokens a day, the last one today. */
  daily: readonly Used[];
  tokensUsed: number;
  tokensTotal: number;
  reset: Day;
  expected: number | null;
  /** Between which days the tokens run out; null without a forecast, or when they last. */
  earliest: Day | null;
  latest: Day | null;
}

export interface Burn {
  days: Day[];
  used: (number | null)[];
  expected: (number | null)[];
  plan: number[];
  /** On the line of the plan, where it is met in eight of ten cases. */
  runsOut: (number | null)[];
}

/** Tokens of the period added up day by day, and how they are expected to go on. */
export function burnOf(known: Known, start: Day): Burn {
  const { daily, tokensUsed, tokensTotal, reset, expected, earliest, latest } = known;
  const today = daily.at(-1)?.date ?? start;
  const days = Array.from({ length: daysBetween(start, reset) }, (_, index) =>
    plusDays(start, index),
  );
  const end = days.at(-1) ?? start;
  const byDay = new Map(daily.map(({ date, totalTokens }) => [date, totalTokens]));
  let sum = 0;
  const used = days.map((day) => {
    sum += byDay.get(day) ?? 0;
    // Today's is what the quota says: both were not asked in one instant of the store.
    return day > today ? null : day === today ? tokensUsed : sum;
  });
  const ahead = daysBetween(today, end);
  const onTheWay = (day: Day) => {
    if (expected === null || day < today) {
      return null;
    }
    const part = ahead === 0 ? 1 : daysBetween(today, day) / ahead;
    return tokensUsed + (expected - tokensUsed) * part;
  };
  return {
    days,
    used,
    expected: days.map(onTheWay),
    plan: days.map(() => tokensTotal),
    runsOut: days.map((day) =>
      earliest && day >= earliest && day <= (latest ?? end) ? tokensTotal : null,
    ),
  };
}

/** How near the plan is to its end. */
export function toneOf(percent: number): 'good' | 'warn' | 'bad' {
  return percent >= 95 ? 'bad' : percent >= 80 ? 'warn' : 'good';
}

interface Spent {
  tokensUsed: number;
  tokensRemaining: number;
  resetDate: Day;
}

/** Tokens a day: the mean so far, today with it, and what is left for each day, today with it. */
export function paceOf(quota: Spent, today: Day, start: Day): { soFar: number; left: number } {
  const passed = daysBetween(start, today) + 1;
  const ahead = Math.max(daysBetween(today, quota.resetDate), 1);
  return {
    soFar: Math.round(quota.tokensUsed / Math.max(passed, 1)),
    left: Math.floor(quota.tokensRemaining / ahead),
  };
}
