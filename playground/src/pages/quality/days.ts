import { type Day, dayOf, plusDays } from '../../i18n/dates';

/** The first instant of a calendar date in a zone, as the API takes it. */
export function startOfDay(day: Day, timeZone: string): string {
  const wanted = Date.parse(`${day}T00:00:00Z`);
  // The second round is for days on which the clocks change.
  const first = wanted - offsetAt(wanted, timeZone);
  return new Date(wanted - offsetAt(first, timeZone)).toISOString();
}

/** The end of a calendar date in a zone, excluded. */
export function endOfDay(day: Day, timeZone: string): string {
  return startOfDay(plusDays(day, 1), timeZone);
}

/** The present date in a zone. */
export function today(timeZone: string): Day {
  return dayOf(new Date(), timeZone);
}

/** How far the clocks of a zone are ahead of UTC at an instant, in milliseconds. */
function offsetAt(at: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(at);
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value ?? 0);
  const local = Date.UTC(
    of('year'),
    of('month') - 1,
    of('day'),
    of('hour'),
    of('minute'),
    of('second'),
  );
  return local - Math.floor(at / 1000) * 1000;
}
