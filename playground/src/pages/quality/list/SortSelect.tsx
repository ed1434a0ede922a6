import { SORTS } from '../chosen';
import { useChosen } from '../useChosen';
import { useQualityWords } from '../words';

/** The order of the list, where there are no heads of columns. */
export function SortSelect() {
  const say = useQualityWords();
  const { chosen, choose } = useChosen();
  return (
    <select
      className="control"
      aria-label={say('sort')}
      value={chosen.sort}
      onChange={(event) => choose({ sort: SORTS.find((sort) => sort === event.target.value) })}
    >
      {SORTS.map((sort) => (
        <option key={sort} value={sort}>
          {say(sort)}
        </option>
      ))}
    </select>
  );
}
