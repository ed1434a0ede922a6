/** A score as it was written: 0 to 100, whole; null for anything else. */
export function scoreFrom(written: string): number | null {
  const given = written.trim();
  return /^\d{1,3}$/.test(given) && Number(given) <= 100 ? Number(given) : null;
}
