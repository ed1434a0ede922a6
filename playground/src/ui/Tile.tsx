import { type ReactNode, useId } from 'react';
import { Flash } from './Flash';
import { QueryLink, type Source } from './QueryLink';

interface Props {
  label: string;
  /** As it is shown. */
  figure: string;
  /** Below the figure: a change, a bound. */
  note?: ReactNode;
  source?: Source;
  /** Controls beside the label, such as the way to an explanation. */
  actions?: ReactNode;
  tone?: 'good' | 'warn' | 'bad';
}

/** One figure. */
export function Tile({ label, figure, note, source, actions, tone }: Props) {
  const id = useId();
  return (
    <section className={`card tile ${tone ?? ''}`} aria-labelledby={id}>
      <header>
        <h2 className="label" id={id}>
          {label}
        </h2>
        <div className="actions">
          {actions}
          {source && <QueryLink source={source} title={label} />}
        </div>
      </header>
      <p className={`figure ${tone === 'bad' ? 'bad-text' : ''}`}>
        <Flash value={figure}>{figure}</Flash>
      </p>
      {note && <div className="note">{note}</div>}
    </section>
  );
}
