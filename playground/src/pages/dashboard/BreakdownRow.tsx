import { useFormat } from '../../i18n/format';
import { type Chosen, type Group, written } from './address';
import { COLUMNS } from './asked';
import { Figure } from './Figure';
import { FIGURES, tell } from './figures';
import type { GroupRow } from './groups';
import { useAddress } from './useAddress';
import { useDashboardWords } from './words';

interface Props {
  row: GroupRow;
  dimension: Group['dimension'];
  /** What the page is narrowed to. */
  chosen: Chosen;
}

/** One channel or product: its figures, and its share of the sessions as a bar. */
export function BreakdownRow({ row, dimension, chosen }: Props) {
  const say = useDashboardWords();
  const format = useFormat();
  const { value, isOther, figures, share } = row;
  const none = dimension === 'channel' ? 'noChannel' : 'noProduct';
  const name = isOther ? say('others') : (value ?? say(none));
  const isChosen = !isOther && chosen === value;
  return (
    <tr className={isChosen ? 'chosen' : undefined}>
      <th scope="row">
        {isOther ? name : <NameButton {...{ name, value, dimension, isChosen }} />}
        <span className="share">
          <span className="bar" aria-hidden="true">
            <i style={{ width: `${share ?? 0}%` }} />
          </span>
          <span className="visually-hidden">{say('share')}</span> {format.percent(share)}
        </span>
      </th>
      {COLUMNS.map((column) => (
        <td key={column} className="number">
          {isOther ? (
            tell(format, FIGURES[column].unit, figures[column])
          ) : (
            <Figure metric={column} value={figures[column]} of={{ dimension, value }} />
          )}
        </td>
      ))}
    </tr>
  );
}

interface NameProps {
  name: string;
  value: string | null;
  dimension: Group['dimension'];
  isChosen: boolean;
}

function NameButton({ name, value, dimension, isChosen }: NameProps) {
  const say = useDashboardWords();
  const { change } = useAddress();
  return (
    <button
      type="button"
      className="name"
      aria-pressed={isChosen}
      title={say(isChosen ? 'notOnly' : 'only', { name })}
      onClick={() => change({ [dimension]: isChosen ? null : written(value) }, true)}
    >
      {name}
    </button>
  );
}
