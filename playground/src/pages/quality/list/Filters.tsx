import { useState } from 'react';
import { useAnswer } from '../../../api/answers';
import { AuditAgents } from '../../../gql/operations';
import { useFormat } from '../../../i18n/format';
import { useMay } from '../../../shell/viewer';
import { Choice } from '../../../ui/Choice';
import { isFiltered, SORTS, STATUSES, TYPES, unfiltered } from '../chosen';
import type { Row } from '../useAudits';
import { useChosen } from '../useChosen';
import { useNarrow } from '../useNarrow';
import { useQualityWords } from '../words';
import { SelectFilter } from './SelectFilter';
import { TextFilter } from './TextFilter';

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
        <Fields rows={rows} />
      </details>
    </search>
  );
}

function SortSelect() {
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

function Fields({ rows }: { rows: readonly Row[] }) {
  const say = useQualityWords();
  const format = useFormat();
  const { chosen, choose } = useChosen();
  const seesOthers = useMay('READ_AUDITS');
  const [isAsked, setAsked] = useState(false);
  const agents = useKnownAgents(rows, isAsked);
  const types = [...new Set(rows.map(({ type }) => type).filter((type) => type !== null))];
  const number = (value: string) => (/^\d+$/.test(value) ? Math.min(Number(value), 100) : null);
  return (
    <div className="fields">
      <SelectFilter
        label={say('auditType')}
        value={chosen.by}
        options={TYPES.map((value) => ({ value, label: say(value) }))}
        onChange={(by) => choose({ by })}
      />
      {seesOthers && (
        <TextFilter
          label={say('agent')}
          hint={say('agentHint')}
          value={chosen.agent}
          offers={agents}
          onFocus={() => setAsked(true)}
          onChange={(agent) => choose({ agent }, { replace: true })}
        />
      )}
      <TextFilter
        label={say('customer')}
        value={chosen.customer}
        maxLength={100}
        onChange={(customer) => choose({ customer }, { replace: true })}
      />
      <TextFilter
        label={say('type')}
        value={chosen.type}
        offers={types.map((value) => ({ value }))}
        onChange={(type) => choose({ type }, { replace: true })}
      />
      <TextFilter
        label={say('minScore')}
        inputMode="numeric"
        placeholder={format.count(0)}
        value={chosen.min === null ? null : String(chosen.min)}
        onChange={(min) => choose({ min: number(min ?? '') }, { replace: true })}
      />
      <TextFilter
        label={say('maxScore')}
        inputMode="numeric"
        placeholder={format.count(100)}
        value={chosen.max === null ? null : String(chosen.max)}
        onChange={(max) => choose({ max: number(max ?? '') }, { replace: true })}
      />
      <TextFilter
        type="date"
        label={say('from')}
        value={chosen.from}
        onChange={(from) => choose({ from })}
      />
      <TextFilter
        type="date"
        label={say('to')}
        value={chosen.to}
        onChange={(to) => choose({ to })}
      />
      {chosen.session && (
        <TextFilter
          label={say('session')}
          value={chosen.session}
          onChange={(session) => choose({ session }, { replace: true })}
        />
      )}
    </div>
  );
}

/** The agents of late, and those of the rows in sight, by their names. */
function useKnownAgents(rows: readonly Row[], isAsked: boolean) {
  const enabled = useMay('READ_AGENTS') && isAsked;
  const { data } = useAnswer(AuditAgents, {}, { enabled });
  const names = new Map<string, string | null>();
  for (const { agentId, agent } of rows) {
    if (agentId) {
      names.set(agentId, agent);
    }
  }
  for (const { agentId, name } of data?.realtime.agents ?? []) {
    names.set(agentId, name);
  }
  return [...names].map(([value, label]) => ({ value, label: label ?? undefined }));
}
