import { Answered } from '../../ui/Answered';
import { Card } from '../../ui/Card';
import { type Order, Sortable } from '../../ui/Sortable';
import { Empty } from '../../ui/states';
import { type Group, orderOf, type View, writtenOrder } from './address';
import { COLUMNS, useBreakdown } from './asked';
import { BreakdownRow } from './BreakdownRow';
import { ExportButton } from './ExportButton';
import { type GroupColumn, rowsOf, sorted } from './groups';
import { useAddress } from './useAddress';
import { useDashboardWords } from './words';

const USUAL = { column: 'total_sessions', descending: true } as const;
const HEADS = {
  total_sessions: 'sessions',
  auto_resolve_rate: 'autoResolve',
  avg_response_time: 'meanResponse',
  satisfaction_rate: 'satisfactionShort',
} as const;

interface Props {
  view: View;
  dimension: Group['dimension'];
}

/** The figures of each channel or product; a name narrows the page to it. */
export function Breakdown({ view, dimension }: Props) {
  const say = useDashboardWords();
  const { params, change } = useAddress();
  const { answer, source } = useBreakdown(view);
  const [by, title] =
    dimension === 'channel'
      ? (['byChannel', say('byChannel')] as const)
      : (['byProduct', say('byProduct')] as const);
  const parameter = `sort_${dimension}`;
  const order = orderOf<GroupColumn>(params.get(parameter), ['name', ...COLUMNS], USUAL);
  const head = {
    order,
    onOrder: (next: Order<GroupColumn>) => change({ [parameter]: writtenOrder(next) }),
  };
  const label = say('exportOf', { title });
  const asked = { ids: [...COLUMNS], by: dimension.toUpperCase() };
  const whole = { ...view, [dimension]: undefined };
  return (
    <Card
      title={title}
      source={source}
      className={`breakdown ${by}`}
      actions={<ExportButton label={label} view={whole} parameters={asked} />}
    >
      <Answered answer={answer} height={300}>
        {(data) => {
          const rows = sorted(rowsOf(data[by].series), order);
          return rows.length === 0 ? (
            <Empty title={say('noSessions')}>{say('noSessionsHint')}</Empty>
          ) : (
            <div className="table-frame">
              <table>
                <caption className="visually-hidden">{title}</caption>
                <thead>
                  <tr>
                    <Sortable column="name" {...head}>
                      {say(dimension)}
                    </Sortable>
                    {COLUMNS.map((column) => (
                      <Sortable key={column} column={column} className="number" {...head}>
                        {say(HEADS[column])}
                      </Sortable>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {rows.map((row) => (
                    <BreakdownRow
                      key={`${row.isOther}${row.value}`}
                      row={row}
                      dimension={dimension}
                      chosen={view[dimension]}
                    />
                  ))}
                </tbody>
              </table>
            </div>
          );
        }}
      </Answered>
      <p className="note">{say('filterHint')}</p>
    </Card>
  );
}
