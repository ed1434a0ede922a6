import { lazy, Suspense } from 'react';
import type { Series } from '../../ui/LineChart';
import { Loading } from '../../ui/states';

const LineChart = lazy(() =>
  import('../../ui/LineChart').then((part) => ({ default: part.LineChart })),
);

interface Props {
  label: string;
  points: readonly string[];
  series: readonly Series[];
  height: number;
  show(value: number | null): string;
}

/** A chart that loads after the figures, into room that is kept for it. */
export function Chart(props: Props) {
  return (
    <div className="chart-room">
      <Suspense fallback={<Loading height={props.height} />}>
        <LineChart {...props} />
      </Suspense>
    </div>
  );
}
