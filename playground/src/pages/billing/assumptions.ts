/** What a conversation with a person is assumed to cost, in the order it is asked for. */
export const ASSUMPTIONS = [
  { name: 'minutesPerSession', param: 'minutes', least: 0, most: 10_080, step: 0.5, usual: 30 },
  { name: 'costPerMinute', param: 'cost', least: 0, most: 1_000_000, step: 0.05, usual: 3 },
  { name: 'workHoursPerMonth', param: 'hours', least: 1, most: 744, step: 1, usual: 240 },
] as const;

export type Assumption = (typeof ASSUMPTIONS)[number];
export type Assumed = Record<Assumption['name'], string>;

const DECIMAL = /^\d{1,7}(\.\d{1,4})?$/;

/** A value as the API takes it; undefined where it is none, or out of bounds. */
export function accepted({ least, most }: Assumption, text: string | null): string | undefined {
  const isIn = text !== null && DECIMAL.test(text) && Number(text) >= least && Number(text) <= most;
  return isIn ? text : undefined;
}

/** What the address assumes in place of the configuration. */
export function assumedIn(params: URLSearchParams): Partial<Assumed> {
  const entries = ASSUMPTIONS.map((one) => [one.name, accepted(one, params.get(one.param))]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** The address of assumptions; those that are as configured are left out. */
export function paramsOf(
  assumed: Partial<Assumed>,
  configured: Assumed,
): Record<string, string | null> {
  const entries = ASSUMPTIONS.map(({ name, param }) => {
    const value = assumed[name];
    const isOwn = value !== undefined && Number(value) !== Number(configured[name]);
    return [param, isOwn ? value : null];
  });
  return Object.fromEntries(entries);
}

/** How far a slider goes: as far as is usual, or twice what is configured where that is more. */
export function reachOf({ usual, most }: Assumption, configured: string, chosen: string): number {
  return Math.min(Math.max(usual, Number(configured) * 2, Number(chosen)), most);
}
