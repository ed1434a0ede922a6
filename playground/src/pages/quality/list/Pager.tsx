import { useFormat } from '../../../i18n/format';
import { SIZES } from '../chosen';
import { useChosen } from '../useChosen';
import { useQualityWords } from '../words';
import { pageNumbers } from './pages';

/** The pages of the list by number. */
export function Pager({ total }: { total: number }) {
  const say = useQualityWords();
  const format = useFormat();
  const { chosen, choose } = useChosen();
  const { page, size } = chosen;
  const last = Math.max(Math.ceil(total / size), 1);
  return (
    <div className="pager">
      <nav aria-label={say('pagesOfAudits')} className="toolbar">
        <Step to={page - 1} isThere={page > 1} onChoose={(to) => choose({ page: to })}>
          {say('before')}
        </Step>
        {pageNumbers(page, last).map((number, index, all) =>
          number === null ? (
            <span key={`after ${all[index - 1]}`}>…</span>
          ) : (
            <button
              key={number}
              type="button"
              className={`button small ${number === page ? 'primary' : ''}`}
              aria-current={number === page ? 'page' : undefined}
              aria-label={say('pageNumber', { page: format.count(number) })}
              onClick={() => choose({ page: number })}
            >
              {format.count(number)}
            </button>
          ),
        )}
        <Step to={page + 1} isThere={page < last} onChoose={(to) => choose({ page: to })}>
          {say('after')}
        </Step>
      </nav>
      <label className="note">
        {say('size')}{' '}
        <select
          className="control"
          value={size}
          onChange={({ target }) =>
            choose({ size: SIZES.find((one) => String(one) === target.value) })
          }
        >
          {SIZES.map((one) => (
            <option key={one} value={one}>
              {format.count(one)}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

interface StepProps {
  to: number;
  isThere: boolean;
  onChoose(page: number): void;
  children: string;
}

function Step({ to, isThere, onChoose, children }: StepProps) {
  return (
    <button type="button" className="button small" disabled={!isThere} onClick={() => onChoose(to)}>
      {children}
    </button>
  );
}
