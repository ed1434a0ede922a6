export interface Bar {
  label: string;
  value: number;
  /** As it is shown. */
  text: string;
  /** A custom property: `--series-2`. */
  colour?: string;
}

/** Bars beside each other, the longest as wide as there is room, or `most` where it is given. */
export function Bars({
  label,
  bars,
  most,
}: {
  label: string;
  bars: readonly Bar[];
  most?: number;
}) {
  const longest = most ?? Math.max(...bars.map((bar) => bar.value), 1);
  return (
    <ul className="bars" aria-label={label}>
      {bars.map((bar) => (
        <li key={bar.label}>
          <span>{bar.label}</span>
          <span className="bar" aria-hidden="true">
            <i
              style={{
                width: `${Math.min((bar.value / longest) * 100, 100)}%`,
                background: `var(${bar.colour ?? '--series-1'})`,
              }}
            />
          </span>
          <span className="number">{bar.text}</span>
        </li>
      ))}
    </ul>
  );
}
