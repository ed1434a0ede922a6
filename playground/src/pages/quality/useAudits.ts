import type { UseQueryResult } from '@tanstack/react-query';
import { answers, useAnswer } from '../../api/answers';
import {
  AuditDetail,
  OwnAudits,
  type OwnAuditsQuery,
  type OwnAuditsQueryVariables,
  QualityAudit,
  type QualityAuditQuery,
} from '../../gql/operations';
import { useMay } from '../../shell/viewer';

/** How often the list is asked again. */
const EVERY_MS = 10_000;

/** What a change of an audit makes out of date. */
export const CHANGED = [QualityAudit, OwnAudits, AuditDetail];

export type Row = OwnAuditsQuery['quality']['records']['items'][number];

/** The figures of all audits and one page of them; an agent gets a page of its own, without figures. */
export function useAudits(variables: OwnAuditsQueryVariables) {
  const seesAll = useMay('READ_AUDIT_FIGURES');
  const all = useAnswer(QualityAudit, variables, { everyMs: EVERY_MS, enabled: seesAll });
  const own = useAnswer(OwnAudits, variables, { everyMs: EVERY_MS, enabled: !seesAll });
  return {
    seesAll,
    figures: all as UseQueryResult<QualityAuditQuery>,
    list: (seesAll ? all : own) as UseQueryResult<OwnAuditsQuery>,
    operation: seesAll ? QualityAudit : OwnAudits,
  };
}

/** The audits around one in the list it was opened from; none when it was opened by its address. */
export function neighbours(id: string, variables: OwnAuditsQueryVariables) {
  const [items] = [QualityAudit, OwnAudits]
    .map(({ name }) => answers.getQueryData<OwnAuditsQuery>([name, variables]))
    .filter((data) => data !== undefined)
    .map((data) => data.quality.records.items.map((item) => item.id));
  const at = items?.indexOf(id) ?? -1;
  return {
    before: at > 0 ? items?.[at - 1] : undefined,
    after: at < 0 ? undefined : items?.[at + 1],
  };
}
