import { useFormat } from '../../../i18n/format';
import { ClaimNote } from '../ClaimNote';
import { ClaimButton } from '../queue/ClaimButton';
import { StatusBadge } from '../StatusBadge';
import type { Row } from '../useAudits';
import { useQualityWords } from '../words';
import { AuditLink } from './AuditLink';

/** The same as the table, for narrow screens. */
export function AuditCards({ rows }: { rows: readonly Row[] }) {
  return (
    <ul className="audit-cards">
      {rows.map((row) => (
        <li key={row.id}>
          <CardRow row={row} />
        </li>
      ))}
    </ul>
  );
}

function CardRow({ row }: { row: Row }) {
  const say = useQualityWords();
  const format = useFormat();
  const facts = [
    row.agent ?? row.agentId ?? say('aiAlone'),
    row.customer,
    row.type,
    say(row.auditType),
    row.findings.length > 0 &&
      say('findingCount', { count: row.findings.length, shown: format.count(row.findings.length) }),
  ];
  return (
    <>
      <div className="line">
        <AuditLink id={row.id} />
        <StatusBadge status={row.status} dispute={row.dispute} />
        <strong className="score">{say('points', { score: format.count(row.score) })}</strong>
      </div>
      <p className="note">{facts.filter(Boolean).join(' · ')}</p>
      <div className="line">
        <span className="note">{format.instant(row.auditedAt)}</span>
        <ClaimNote audit={row} />
        <ClaimButton audit={row} />
      </div>
    </>
  );
}
