import { useState } from 'react';
import { useFormat } from '../../i18n/format';
import { axisOf, isLabelled } from './columns';
import { useBillingWords } from './words';

export interface ColumnOfDay {
  date: string;
  /** From the bottom up. */
  parts: readonly { colour: string; value: number }[];
  /** Whether there is more than that, and nobody knows how much. */
  isUnknown: boolean;
  /** The day in words. */
  said: string;
}

interface Props {
  label: string;
  columns: readonly ColumnOfDay[];
  /** A value at the axis, whose lines are so far apart. */
  show(value: number, step: number): string;
}

/** A column for each day. The same figures stand in the table for those who do not see them. */
export function DayColumns({ label, columns, show }: Props) {
  const say = useBillingWords();
  const [pointed, setPointed] = useState<string | null>(null);
  const heights = columns.map(({ parts }) => parts.reduce((sum, { value }) => sum + value, 0));
  // Room at the top for what is not known.
  const { most, ticks } = axisOf(Math.max(0, ...heights) * 1.08);
  const said = columns.find(({ date }) => date === pointed)?.said;
  return (
    <figure className="days">
      <div className="days-frame" role="img" aria-label={label}>
        <div className="days-axis">
          {ticks.map((tick) => (
            <span key={tick} style={{ insetBlockEnd: `${(100 * tick) / most}%` }}>
              {show(tick, ticks[1] ?? 0)}
            </span>
          ))}
        </div>
        <div className="days-plot" onPointerLeave={() => setPointed(null)}>
          {ticks.map((tick) => (
            <hr key={tick} style={{ insetBlockEnd: `${(100 * tick) / most}%` }} />
          ))}
          {columns.map((column, index) => (
            <Column
              key={column.date}
              column={column}
              most={most}
              isLabelled={isLabelled(index, columns.length, 8)}
              onPoint={() => setPointed(column.date)}
            />
          ))}
        </div>
      </div>
      <figcaption className="note">{said ?? say('dayHint')}</figcaption>
    </figure>
  );
}

interface ColumnProps {
  column: ColumnOfDay;
  most: number;
  isLabelled: boolean;
  onPoint(): void;
}

function Column({ column, most, isLabelled, onPoint }: ColumnProps) {
  const format = useFormat();
  return (
    <div className="day" onPointerEnter={onPoint} data-unknown={column.isUnknown || undefined}>
      {column.parts.map(({ colour, value }) => (
        <i
          key={colour}
          style={{ height: `${(100 * value) / most}%`, background: `var(${colour})` }}
        />
      ))}
      {column.isUnknown && <b className="unknown">?</b>}
      {isLabelled && <span>{format.count(Number(column.date.slice(8)))}</span>}
    </div>
  );
}
