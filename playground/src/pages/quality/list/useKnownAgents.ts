import { useAnswer } from '../../../api/answers';
import { AuditAgents } from '../../../gql/operations';
import { useMay } from '../../../shell/viewer';
import type { Row } from '../useAudits';

/** The agents of late, and those of the rows in sight, by their names. */
export function useKnownAgents(rows: readonly Row[], isAsked: boolean) {
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
