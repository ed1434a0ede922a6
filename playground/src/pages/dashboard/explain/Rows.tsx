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
  const { params } = useAddress();
  const after = params.get('after');
  const further = useAnswer(
    CountedRows,
    { ...variables, first: 20, after },
    { enabled: after !== null },
  );
  if (after === null) {
    return (
      <Card title={say('theRows')}>
        <RowPage rows={explained.rows} />
      </Card>
    );
  }
  return (
    <Card title={say('theRows')} source={{ operation: CountedRows, variables }}>
      <Answered answer={further} height={480}>
        {({ explain }) => <RowPage rows={explain.rows} />}
      </Answered>
    </Card>
  );
}

function RowPage({ rows }: { rows: Explained['rows'] }) {
  const say = useExplainWords();
  if (rows.edges.length === 0) {
    return <Empty title={say('noRows')}>{say('noRowsHint')}</Empty>;
  }
  return (
    <>
      <RowTable rows={rows.edges.map(({ node }) => node)} />
      <Pager next={rows.pageInfo.hasNextPage ? rows.pageInfo.endCursor : null} />
    </>
  );
}

/** Leads on by cursors; the way back is kept while the drawer is open, then it is the first page. */
function Pager({ next }: { next: string | null }) {
  const say = useExplainWords();
  const { params, change } = useAddress();
  const [back, setBack] = useState<(string | null)[]>([]);
  const after = params.get('after');
  const newer = () => {
    change({ after: back.at(-1) ?? null });
    setBack(back.slice(0, -1));
  };
  const older = () => {
    setBack([...back, after]);
    change({ after: next });
  };
  return (
    <div className="toolbar pager">
      <button type="button" className="button small" disabled={after === null} onClick={newer}>
        {say('newer')}
      </button>
      <span className="note" aria-live="polite">
        {(after === null || back.length > 0) && say('pageOf', { page: back.length + 1 })}
      </span>
      <button type="button" className="button small" disabled={next === null} onClick={older}>
        {say('older')}
      </button>
    </div>
  );
}
