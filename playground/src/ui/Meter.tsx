interface Props {
  label: string;
  /** 0 to 100; more is shown as full. */
  percent: number;
  tone?: 'good' | 'warn' | 'bad';
}

/** How full something is. What it says stands beside it in words. */
export function Meter({ label, percent, tone }: Props) {
  const colour = tone ? `var(--${tone})` : 'var(--series-1)';
  const width = Math.max(0, Math.min(percent, 100));
  return (
    // biome-ignore lint/a11y/useSemanticElements: browsers draw <meter> each in its own way
    <span
      className="bar"
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(width)}
    >
      <i style={{ width: `${width}%`, background: colour }} />
    </span>
  );
}
