import { useId } from 'react';
import { QueryLink, type Source } from '../../ui/QueryLink';
import { Sparkline } from '../../ui/Sparkline';
import { Loading } from '../../ui/states';
import type { Compared } from './change';
import { Difference } from './Difference';
import { Figure } from './Figure';
import type { FigureId } from './figures';
import { useFigureNames } from './names';

interface Props {
  metric: FigureId;
  today: string;
  /** Not there while it is awaited. */
  figure: Compared | undefined;
  hours: readonly number[] | undefined;
  source: Source;
}

/** A figure of today, its change since yesterday, and how it went by the hour. */
export function TodayTile({ metric, today, figure, hours, source }: Props) {
  const name = useFigureNames();
  const id = useId();
  const title = name(metric);
  return (
    <section className="card tile" aria-labelledby={id}>
      <header>
        <h3 className="label" id={id}>
          {title}
        </h3>
        <QueryLink source={source} title={title} />
      </header>
      {figure ? (
        <>
          <div className="figure-row">
            <p className="figure" data-testid={`today-${metric}`}>
              <Figure metric={metric} value={figure.value} over={today} />
            </p>
            {hours && hours.length > 2 && <Sparkline values={hours} width={72} />}
          </div>
          <div className="note">
            <Difference metric={metric} figure={figure} isToday />
          </div>
        </>
      ) : (
        <Loading height={84} />
      )}
    </section>
  );
}
