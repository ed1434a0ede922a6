import type { Trend } from '../../gql/operations';
import { useMonitoringWords } from './words';

const MARKS = { UP: '↗', STABLE: '→', DOWN: '↘' } as const;

/** Where a figure is going. */
export function TrendMark({ trend }: { trend: Trend }) {
  const say = useMonitoringWords();
  return (
    <span className={`mon-trend ${trend.toLowerCase()}`}>
      <span aria-hidden="true">{MARKS[trend]}</span> {say(trend)}
    </span>
  );
}
