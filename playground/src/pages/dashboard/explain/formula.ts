/** A formula of the catalogue with the sums in place of the names: `100 × (12) ÷ (40)`. */
export function filledIn(formula: string, told: ReadonlyMap<string, string>): string {
  return formula.replace(/[a-z][a-z0-9_]*/g, (name) => told.get(name) ?? name);
}
