interface Props {
  values: readonly number[];
  width?: number;
  height?: number;
}

/** A small curve without axes; what it shows stands beside it in words. */
export function Sparkline({ values, width = 96, height = 28 }: Props) {
  const most = Math.max(...values, 1);
  const step = width / Math.max(values.length - 1, 1);
  const points = values.map(
    (value, index) => `${index * step},${height - 2 - (value / most) * (height - 4)}`,
  );
  return (
    <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      <polyline
        points={points.join(' ')}
        fill="none"
        stroke="var(--series-1)"
        strokeWidth="2"
        strokeLinejoin="round"
      />
    </svg>
  );
}
