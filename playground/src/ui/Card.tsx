import { type ReactNode, useId } from 'react';
import { QueryLink, type Source } from './QueryLink';

interface Props {
  title: string;
  /** The query behind it. */
  source?: Source;
  /** Controls beside the title. */
  actions?: ReactNode;
  className?: string;
  children: ReactNode;
}

/** A titled part of a page. */
export function Card({ title, source, actions, className = '', children }: Props) {
  const id = useId();
  return (
    <section className={`card ${className}`} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        <div className="actions">
          {actions}
          {source && <QueryLink source={source} title={title} />}
        </div>
      </header>
      {children}
    </section>
  );
}
