import { useState } from 'react';
import { useAnswer } from '../../../api/answers';
import { CountedRows, type ExplainMetricQueryVariables } from '../../../gql/operations';
import { Answered } from '../../../ui/Answered';
import { Card } from '../../../ui/Card';
import { Empty } from '../../../ui/states';
import { useAddress } from '../useAddress';
import { RowTable } from './RowTable';
import type { Explained } from './state';
import { useExplainWords } from './words';

interface Props {
  explained: Explained;
  variables: ExplainMetricQueryVariables;
}

/** The very rows that are counted, a page at a time. */
export function Rows({ explained, variables }: Props) {
  const say = useExplainWords();
  const { params, change } = useAddress();
  const after = params.get('after');
  // Cursors lead on only: the way back is kept here, and after a reload it is the first page.
  const [back, setBack] = useState<(string | null)[]>([]);
  const given = { ...variables, first: 20, after };
  const further = useAnswer(CountedRows, given, { enabled: after !== null });
  const pager: PagerProps = {
    page: after === null ? 1 : back.length > 0 ? back.length + 1 : null,
    isFirst: after === null,
    onNewer: () => {
      change({ after: back.at(-1) ?? null });
      setBack(back.slice(0, -1));
    },
    onOlder: (next) => {
      setBack([...back, after]);
      change({ after: next });
    },
  };
  return (
    <Card title={say('theRows')} source={{ operation: CountedRows, variables: given }}>
      {after === null ? (
        <RowPage rows={explained.rows} {...pager} />
      ) : (
        <Answered answer={further} height={480}>
          {({ explain }) => <RowPage rows={explain.rows} {...pager} />}
        </Answered>
      )}
    </Card>
  );
}

interface PagerProps {
  /** Counted from 1; null where it is not known any more. */
  page: number | null;
  isFirst: boolean;
  onNewer(): void;
  onOlder(next: string | null): void;
}

function RowPage({ rows, ...pager }: PagerProps & { rows: Explained['rows'] }) {
  const say = useExplainWords();
  const { edges, pageInfo } = rows;
  if (edges.length === 0) {
    return <Empty title={say('noRows')}>{say('noRowsHint')}</Empty>;
  }
  const { page, isFirst, onNewer, onOlder } = pager;
  return (
    <>
      <RowTable rows={edges.map(({ node }) => node)} />
      <div className="toolbar pager">
        <button type="button" className="button small" disabled={isFirst} onClick={onNewer}>
          {say('newer')}
        </button>
        <span className="note" aria-live="polite">
          {page !== null && say('pageOf', { page })}
        </span>
        <button
          type="button"
          className="button small"
          disabled={!pageInfo.hasNextPage}
          onClick={() => onOlder(pageInfo.endCursor)}
        >
          {say('older')}
        </button>
      </div>
    </>
  );
}
