import { useId } from 'react';
import type { DashboardBreakdownQuery } from '../../gql/operations';
import { type Group, type View, written } from './address';
import { useBreakdown } from './asked';
import { useAddress } from './useAddress';
import { useDashboardWords } from './words';

interface Props {
  view: View;
  dimension: Group['dimension'];
}

const WORDS = {
  product: { all: 'allProducts', none: 'noProduct', series: 'byProduct' },
  channel: { all: 'allChannels', none: 'noChannel', series: 'byChannel' },
} as const;

/** Chooses one product or one channel for the whole page. */
export function Filter({ view, dimension }: Props) {
  const say = useDashboardWords();
  const id = useId();
  const { change } = useAddress();
  const { answer } = useBreakdown(view);
  const { all, none, series } = WORDS[dimension];
  const chosen = view[dimension];
  const values = valuesOf(answer.data?.[series].series ?? [], chosen);
  return (
    <>
      <label className="visually-hidden" htmlFor={id}>
        {say(dimension)}
      </label>
      <select
        id={id}
        className="control filter"
        value={chosen === undefined ? ALL : `${IS}${chosen ?? ''}`}
        onChange={({ target }) =>
          change({ [dimension]: target.value === ALL ? null : target.value.slice(1) }, true)
        }
      >
        <option value={ALL}>{say(all)}</option>
        {values.map((value) => (
          <option key={value} value={`${IS}${written(value) ?? ''}`}>
            {value ?? say(none)}
          </option>
        ))}
      </select>
    </>
  );
}

const ALL = '*';
const IS = '=';

type Series = DashboardBreakdownQuery['byChannel']['series'];

/** What there is to choose, and what is chosen though it is not there. */
function valuesOf(series: Series, chosen: string | null | undefined): (string | null)[] {
  const named = series
    .filter(({ isOther }) => !isOther)
    .map(({ group }) => group[0]?.value ?? null);
  const values = new Set(chosen === undefined ? named : [...named, chosen]);
  return [...values].sort((one, other) => (one ?? '').localeCompare(other ?? ''));
}
