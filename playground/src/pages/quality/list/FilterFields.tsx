import { useState } from 'react';
import { useFormat } from '../../../i18n/format';
import { useMay } from '../../../shell/viewer';
import { TYPES } from '../chosen';
import type { Row } from '../useAudits';
import { useChosen } from '../useChosen';
import { useQualityWords } from '../words';
import { SelectFilter } from './SelectFilter';
import { TextFilter } from './TextFilter';
import { useKnownAgents } from './useKnownAgents';

/** One field for each thing that narrows the list. */
export function FilterFields({ rows }: { rows: readonly Row[] }) {
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
