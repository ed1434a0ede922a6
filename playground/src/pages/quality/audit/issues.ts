/** A thing that was found, as names and texts; a text alone has an empty name. */
export type Issue = [name: string, value: string][];

/** Reads the free form of `issues`: texts, or objects of plain values; anything else as JSON. */
export function issuesOf(issues: unknown): Issue[] | string | null {
  if (issues === null || issues === undefined) {
    return null;
  }
  const list = Array.isArray(issues) ? issues : [issues];
  if (list.length === 0) {
    return null;
  }
  const read = list.map(issueOf);
  return read.every((issue) => issue !== null) ? read : JSON.stringify(issues, null, 2);
}

function issueOf(issue: unknown): Issue | null {
  if (isPlain(issue)) {
    return [['', String(issue)]];
  }
  if (typeof issue !== 'object' || issue === null || Array.isArray(issue)) {
    return null;
  }
  const entries = Object.entries(issue).filter(([, value]) => value !== null);
  return entries.every(([, value]) => isPlain(value))
    ? entries.map(([name, value]) => [name, String(value)])
    : null;
}

function isPlain(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}
