import { useState } from 'react';
import { Choice } from '../../../ui/Choice';
import { isFiltered, STATUSES, unfiltered } from '../chosen';
import type { Row } from '../useAudits';
import { useChosen } from '../useChosen';
import { useNarrow } from '../useNarrow';
import { useQualityWords } from '../words';
import { FilterFields } from './FilterFields';
import { SortSelect } from './SortSelect';

/** What narrows the list; all of it stands in the address bar. */
export function Filters({ rows }: { rows: readonly Row[] }) {
  const say = useQualityWords();
  const { chosen, choose } = useChosen();
  const isNarrow = useNarrow();
  const [isOpen, setOpen] = useState(!isNarrow);
  const statuses = ['ALL' as const, ...STATUSES].map((value) => ({ value, label: say(value) }));
  return (
    <search className="quality-filters">
      <div className="toolbar">
        <Choice
          label={say('status')}
          value={chosen.status ?? 'ALL'}
          options={statuses}
          onChange={(status) => choose({ status: status === 'ALL' ? null : status })}
        />
        {isNarrow && <SortSelect />}
        {isFiltered(chosen) && (
          <button type="button" className="button small" onClick={() => choose(unfiltered(chosen))}>
            {say('clear')}
          </button>
        )}
      </div>
      <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>{say('filters')}</summary>
        <FilterFields rows={rows} />
      </details>
    </search>
  );
}
