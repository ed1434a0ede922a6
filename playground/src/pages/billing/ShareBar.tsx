import { useFormat } from '../../i18n/format';
import { PARTS, type Tokens } from './tokens';

interface Props {
  tokens: Tokens;
  /** Of all tokens. */
  percent: number | null;
  all: number;
}

/** How much of all tokens that is, by its parts; the numbers stand beside it. */
export function ShareBar({ tokens, percent, all }: Props) {
  const format = useFormat();
  return (
    <span className="share">
      <span className="bar" aria-hidden="true">
        {PARTS.map(({ field, colour }) => (
          <i
            key={field}
            style={{
              width: `${(100 * tokens[field]) / Math.max(all, 1)}%`,
              background: `var(${colour})`,
            }}
          />
        ))}
      </span>
      <span>{format.percent(percent)}</span>
    </span>
  );
}
