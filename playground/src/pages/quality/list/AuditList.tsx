import type { OwnAuditsQuery } from '../../../gql/operations';
import { useFormat } from '../../../i18n/format';
import { Empty } from '../../../ui/states';
import { isFiltered, unfiltered } from '../chosen';
import { useChosen } from '../useChosen';
import { useNarrow } from '../useNarrow';
import { useQualityWords } from '../words';
import { AuditCards } from './AuditCards';
import { AuditTable } from './AuditTable';
import { Pager } from './Pager';

/** One page of audits: a table, or a list where there is no room for one. */
export function AuditList({ records }: { records: OwnAuditsQuery['quality']['records'] }) {
  const say = useQualityWords();
  const format = useFormat();
  const isNarrow = useNarrow();
  const { items, total } = records;
  return (
    <div className="audit-list">
      <p role="status" className="note">
        {say('total', { count: total, shown: format.count(total) })}
      </p>
      {items.length === 0 && <Nothing isBeyond={total > 0} />}
      {items.length > 0 && (isNarrow ? <AuditCards rows={items} /> : <AuditTable rows={items} />)}
      {total > 0 && <Pager total={total} />}
    </div>
  );
}

function Nothing({ isBeyond }: { isBeyond: boolean }) {
  const say = useQualityWords();
  const { chosen, choose } = useChosen();
  if (isBeyond) {
    return (
      <Empty title={say('beyond')}>
        <button type="button" className="button" onClick={() => choose({ page: 1 })}>
          {say('toFirst')}
        </button>
      </Empty>
    );
  }
  return isFiltered(chosen) ? (
    <Empty title={say('noneSuch')}>
      <button type="button" className="button" onClick={() => choose(unfiltered(chosen))}>
        {say('clear')}
      </button>
    </Empty>
  ) : (
    <Empty title={say('none')}>
      <p>{say('noneHint')}</p>
    </Empty>
  );
}
