/** Calendar dates as the API writes them, `2025-12-25`. */
export type Day = string;

/** The date of an instant in a zone. */
export function dayOf(at: Date, timeZone: string): Day {
  // Swedish writes dates as ISO 8601 does.
  return new Intl.DateTimeFormat('sv-SE', { timeZone }).format(at);
}

/** The date so many days later. */
export function plusDays(day: Day, days: number): Day {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}

/** The first of a date's month. */
export function firstOfMonth(day: Day): Day {
  return `${day.slice(0, 8)}01`;
}
