interface Curve {
  asOf: string;
  series: readonly {
    metric: { id: string };
    points: readonly { start: string; figure: { value: number | null } }[];
  }[];
}

/** What a figure was hour by hour, up to now; hours without one are left out. */
export function hoursOf({ asOf, series }: Curve, id: string): number[] {
  const points = series.find(({ metric }) => metric.id === id)?.points ?? [];
  return points
    .filter(({ start }) => Date.parse(start) <= Date.parse(asOf))
    .flatMap(({ figure }) => figure.value ?? []);
}
