import { useFormat } from '../../i18n/format';
import { Flash } from '../../ui/Flash';
import type { Group } from './address';
import { Explained } from './Explained';
import { FIGURES, type FigureId, tell } from './figures';

interface Props {
  metric: FigureId;
  value: number | null | undefined;
  over?: string;
  of?: Group;
}

/** A figure in its unit, with the way to its explanation. */
export function Figure({ metric, value, over, of }: Props) {
  const text = tell(useFormat(), FIGURES[metric].unit, value);
  return (
    <Explained metric={metric} over={over} of={of}>
      <Flash value={text}>{text}</Flash>
    </Explained>
  );
}
