import { Session } from '../../../gql/operations';
import { useFormat } from '../../../i18n/format';
import { QueryLink } from '../../../ui/QueryLink';
import type { Explained } from './state';
import { useExplainWords } from './words';

type Row = Explained['rows']['edges'][number]['node'];

/** Counted rows: when, what, of which session, and what each adds. */
export function RowTable({ rows }: { rows: readonly Row[] }) {
  const say = useExplainWords();
  const format = useFormat();
  const isFraction = rows.some(({ denominator }) => denominator !== null);
  return (
    <div className="table-frame">
      <table className="counted-rows">
        <caption className="visually-hidden">{say('theRows')}</caption>
        <thead>
          <tr>
            <th scope="col">{say('at')}</th>
            <th scope="col">{say('what')}</th>
            <th scope="col">{say('session')}</th>
            <th scope="col" className="number">
              {say('adds')}
            </th>
            {isFraction && (
              <th scope="col" className="number">
                {say('addsBelow')}
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <td>{format.instant(row.at)}</td>
              <td>
                {row.kind === 'SESSION' ? say('sessionRow') : <code>{row.eventName}</code>}
                <span className="note agent-id">{row.product}</span>
              </td>
              <td>
                <SessionCell id={row.sessionId} />
              </td>
              <td className="number">{format.count(row.numerator)}</td>
              {isFraction && <td className="number">{format.count(row.denominator)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function SessionCell({ id }: { id: string | null }) {
  const say = useExplainWords();
  const format = useFormat();
  if (id === null) {
    return format.count(null);
  }
  const title = say('sessionQuery', { id });
  return (
    <span className="session-cell">
      <code>{id}</code>
      <QueryLink source={{ operation: Session, variables: { id } }} title={title} />
    </span>
  );
}
