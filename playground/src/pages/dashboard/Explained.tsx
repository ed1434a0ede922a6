import type { ReactNode } from 'react';
import { type Group, writtenGroup } from './address';
import type { FigureId } from './figures';
import { useFigureNames } from './names';
import { useAddress } from './useAddress';
import { useDashboardWords } from './words';

interface Props {
  metric: FigureId;
  /** One day, where it is not the period. */
  over?: string;
  /** Of a breakdown. */
  of?: Group;
  children: ReactNode;
}

/** A number that opens its explanation. */
export function Explained({ metric, over, of, children }: Props) {
  const say = useDashboardWords();
  const name = useFigureNames();
  const { change } = useAddress();
  const title = say('explain', { title: name(metric) });
  const open = () =>
    change(
      { explain: metric, over: over ?? null, of: of ? writtenGroup(of) : null, after: null },
      true,
    );
  return (
    <button type="button" className="explained" aria-haspopup="dialog" title={title} onClick={open}>
      {children}
      <span className="visually-hidden"> – {title}</span>
    </button>
  );
}
