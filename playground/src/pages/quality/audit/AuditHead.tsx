import { Link, useSearch } from 'wouter';
import { useFormat } from '../../../i18n/format';
import { useViewer } from '../../../shell/viewer';
import { refusesReview, refusesRuling } from '../access';
import { ClaimNote } from '../ClaimNote';
import { ClaimButton } from '../queue/ClaimButton';
import { StatusBadge } from '../StatusBadge';
import { neighbours } from '../useAudits';
import { useChosen, withSearch } from '../useChosen';
import { useQualityWords } from '../words';
import type { Audit } from './AuditPage';
import { focusDecision } from './focus';

/** What an audit is about, in two lines. */
export function AuditHead({ audit }: { audit: Audit }) {
  const say = useQualityWords();
  const format = useFormat();
  const viewer = useViewer();
  const isForViewer =
    refusesReview(audit, viewer, Date.now()) === null || refusesRuling(audit, viewer) === null;
  return (
    <header className="card audit-head">
      <div className="line">
        <h1>{audit.id}</h1>
        <strong className="score">{say('points', { score: format.count(audit.score) })}</strong>
        <StatusBadge status={audit.status} dispute={audit.dispute} />
        <ClaimNote audit={audit} />
        <ClaimButton audit={audit} />
        {isForViewer && (
          <button type="button" className="button small to-decision" onClick={focusDecision}>
            {say('toDecision')}
          </button>
        )}
        <Neighbours id={audit.id} />
      </div>
      <dl className="facts">
        <Fact name={say('agent')}>{named(audit) ?? say('aiAlone')}</Fact>
        <Fact name={say('customer')}>{audit.customer}</Fact>
        <Fact name={say('type')}>{audit.type}</Fact>
        <Fact name={say('auditType')}>{say(audit.auditType)}</Fact>
        <Fact name={say('auditedAt')}>{format.instant(audit.auditedAt)}</Fact>
      </dl>
    </header>
  );
}

function named({ agent, agentId }: Audit): string | null {
  return agent && agentId && agent !== agentId ? `${agent} (${agentId})` : (agent ?? agentId);
}

function Fact({ name, children }: { name: string; children: string | null }) {
  return children === null ? null : (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** The audits around this one in the list it was opened from. */
function Neighbours({ id }: { id: string }) {
  const say = useQualityWords();
  const { variables } = useChosen();
  const search = new URLSearchParams(useSearch());
  search.delete('event');
  const around = neighbours(id, variables);
  const to = (other: string) => withSearch(`/${encodeURIComponent(other)}`, search);
  return (
    <span className="neighbours">
      {around.before && <Link href={to(around.before)}>{say('previousAudit')}</Link>}
      {around.after && <Link href={to(around.after)}>{say('nextAudit')}</Link>}
    </span>
  );
}
