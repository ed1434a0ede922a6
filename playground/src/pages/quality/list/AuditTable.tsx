import type { AuditSort } from '../../../gql/operations';
import { UNKNOWN, useFormat } from '../../../i18n/format';
import { useMay } from '../../../shell/viewer';
import { type Order, Sortable } from '../../../ui/Sortable';
import { ClaimNote } from '../ClaimNote';
import { ClaimButton } from '../queue/ClaimButton';
import { StatusBadge } from '../StatusBadge';
import type { Row } from '../useAudits';
import { useChosen } from '../useChosen';
import { useQualityWords } from '../words';
import { AuditLink } from './AuditLink';

type Column = 'date' | 'score';

const ORDERS: Record<AuditSort, Order<Column>> = {
  NEWEST: { column: 'date', descending: true },
  OLDEST: { column: 'date', descending: false },
  HIGHEST_SCORE: { column: 'score', descending: true },
  LOWEST_SCORE: { column: 'score', descending: false },
};

function sortOf({ column, descending }: Order<Column>): AuditSort {
  if (column === 'date') {
    return descending ? 'NEWEST' : 'OLDEST';
  }
  return descending ? 'HIGHEST_SCORE' : 'LOWEST_SCORE';
}

export function AuditTable({ rows }: { rows: readonly Row[] }) {
  const say = useQualityWords();
  const { chosen, choose } = useChosen();
  const mayReview = useMay('REVIEW_AUDITS');
  const sorting = {
    order: ORDERS[chosen.sort],
    onOrder: (order: Order<Column>) => choose({ sort: sortOf(order) }),
  };
  return (
    <div className="table-frame">
      <table className="audits">
        <thead>
          <tr>
            <th scope="col">{say('audit')}</th>
            <Sortable column="date" {...sorting}>
              {say('date')}
            </Sortable>
            <Sortable column="score" className="number" {...sorting}>
              {say('score')}
            </Sortable>
            <th scope="col">{say('status')}</th>
            <th scope="col">{say('agent')}</th>
            <th scope="col">{say('customer')}</th>
            <th scope="col">{say('type')}</th>
            <th scope="col">{say('firstBy')}</th>
            <th scope="col" className="number">
              {say('findings')}
            </th>
            {mayReview && (
              <th scope="col">
                <span className="visually-hidden">{say('actions')}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <TableRow key={row.id} row={row} mayReview={mayReview} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function TableRow({ row, mayReview }: { row: Row; mayReview: boolean }) {
  const say = useQualityWords();
  const format = useFormat();
  return (
    <tr>
      <th scope="row">
        <AuditLink id={row.id} />
      </th>
      <td className="date">{format.instant(row.auditedAt)}</td>
      <td className="number">
        <strong>{format.count(row.score)}</strong>
        {row.humanScore !== null && row.autoScore !== null && row.autoScore !== row.score && (
          <span className="note"> {say('machineWas', { score: format.count(row.autoScore) })}</span>
        )}
      </td>
      <td>
        <StatusBadge status={row.status} dispute={row.dispute} />
        <ClaimNote audit={row} />
      </td>
      <td className="agent">{row.agent ?? row.agentId ?? say('aiAlone')}</td>
      <td>{row.customer ?? UNKNOWN}</td>
      <td>{row.type ?? UNKNOWN}</td>
      <td>{say(row.auditType)}</td>
      <td className="number">{format.count(row.findings.length)}</td>
      {mayReview && (
        <td className="row-action">
          <ClaimButton audit={row} />
        </td>
      )}
    </tr>
  );
}
