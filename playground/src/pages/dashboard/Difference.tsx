import { type Format, useFormat } from '../../i18n/format';
import { Badge, type Tone } from '../../ui/Badge';
import { type Change, type Compared, changeOf } from './change';
import { FIGURES, type FigureId, tell } from './figures';
import { useDashboardWords } from './words';

const ARROWS = { up: '▲', down: '▼', same: '■' } as const;
/** Beyond it hardly anything came before, and per cents say less than how many more there are. */
const MOST_RATIO = 10;
const TONES = { better: 'good', worse: 'bad', neither: 'plain' } as const satisfies Record<
  Change['judgement'],
  Tone
>;

interface Props {
  metric: FigureId;
  figure: Compared;
  /** Whether it is beside yesterday, or beside the period before. */
  isToday?: boolean;
}

/** How a figure differs from the time before: how much, which way, and whether that is good. */
export function Difference({ metric, figure, isToday = false }: Props) {
  const say = useDashboardWords();
  const format = useFormat();
  const change = changeOf(figure, FIGURES[metric]);
  if (!change) {
    return <span>{say(isToday ? 'nothingBefore' : 'nothingBeforePeriod')}</span>;
  }
  const before = tell(format, FIGURES[metric].unit, figure.previous);
  return (
    <span className="difference">
      <Badge tone={TONES[change.judgement]}>
        <span aria-hidden="true">{ARROWS[change.direction]}</span>
        {change.direction === 'same' ? say('same') : amountOf(format, say, metric, figure)}
        {change.judgement !== 'neither' && ` · ${say(change.judgement)}`}
      </Badge>
      <span>{say(isToday ? 'yesterday' : 'before', { value: before })}</span>
    </span>
  );
}

type Say = ReturnType<typeof useDashboardWords>;

/** Counts mostly by how many per cent, rates by how many points, times by how long. */
function amountOf(format: Format, say: Say, metric: FigureId, { delta, ratio }: Compared): string {
  const { unit } = FIGURES[metric];
  if (unit === 'COUNT' && ratio !== null && ratio < MOST_RATIO) {
    return format.change(ratio);
  }
  const size = Math.abs(delta ?? 0);
  const amount =
    unit === 'PERCENT'
      ? say('points', { amount: format.decimal(size, 1) })
      : tell(format, unit, size);
  return say((delta ?? 0) < 0 ? 'minus' : 'plus', { amount });
}
