import { useFormat } from '../../../i18n/format';

interface Props {
  label: string;
  /** All from 0 to 100. */
  value: number;
  low: number;
  high: number;
}

/** A percentage on its scale, with the interval that it lies in. */
export function Interval({ label, value, low, high }: Props) {
  const format = useFormat();
  return (
    <div className="interval" role="img" aria-label={label}>
      <div className="scale">
        <i className="band" style={{ left: `${low}%`, width: `${Math.max(high - low, 0.5)}%` }} />
        <i className="mark" style={{ left: `${value}%` }} />
      </div>
      <div className="ends" aria-hidden="true">
        <span>{format.percent(0)}</span>
        <span>{format.percent(50)}</span>
        <span>{format.percent(100)}</span>
      </div>
    </div>
  );
}
