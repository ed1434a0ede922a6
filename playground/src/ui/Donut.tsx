import type { Bar } from './Bars';

const RADIUS = 40;
const AROUND = 2 * Math.PI * RADIUS;

/** Parts of a whole, with their key beside them. */
export function Donut({
  label,
  parts,
  total,
}: {
  label: string;
  parts: readonly Bar[];
  total: string;
}) {
  const sum = parts.reduce((before, part) => before + part.value, 0);
  let start = 0;
  return (
    <div className="donut">
      <svg viewBox="0 0 100 100" role="img" aria-label={label}>
        <circle cx="50" cy="50" r={RADIUS} fill="none" stroke="var(--raised)" strokeWidth="14" />
        {parts.map((part) => {
          const share = sum > 0 ? (part.value / sum) * AROUND : 0;
          const offset = -start;
          start += share;
          return (
            <circle
              key={part.label}
              cx="50"
              cy="50"
              r={RADIUS}
              fill="none"
              stroke={`var(${part.colour ?? '--series-1'})`}
              strokeWidth="14"
              strokeDasharray={`${share} ${AROUND - share}`}
              strokeDashoffset={offset}
              transform="rotate(-90 50 50)"
            />
          );
        })}
        <text x="50" y="55" textAnchor="middle" fontSize="16" fontWeight="650" fill="var(--text)">
          {total}
        </text>
      </svg>
      <ul>
        {parts.map((part) => (
          <li key={part.label} className="key">
            <i style={{ background: `var(${part.colour ?? '--series-1'})` }} />
            <span>{part.label}</span>
            <strong>{part.text}</strong>
          </li>
        ))}
      </ul>
    </div>
  );
}
