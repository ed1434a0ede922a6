import { save } from '../../api/download';
import { useFormat } from '../../i18n/format';
import { useViewer } from '../../shell/viewer';
import type { Books, BooksDay, BooksModel } from './asked';
import { type Column, fields, toCsv } from './csv';
import { useBillingWords } from './words';

const FIGURES = [
  'totalTokens',
  'totalApiCalls',
  'inputTokens',
  'cachedInputTokens',
  'outputTokens',
  'reasoningTokens',
  'unsplitTokens',
  'unpricedCalls',
  'knownCost',
  'estimatedCost',
] as const;
const DAYS = fields<BooksDay>('date', ...FIGURES);
const MODELS = fields<BooksModel>('model', ...FIGURES);

interface Props {
  month: string;
  billing: Books | undefined;
}

/** The books of a month as files. */
export function Downloads({ month, billing }: Props) {
  const say = useBillingWords();
  const format = useFormat();
  const { tenantId } = useViewer();
  const saveAs = <Row,>(of: string, columns: readonly Column<Row>[], rows: readonly Row[]) => {
    const file = new Blob([toCsv(columns, rows)], { type: 'text/csv;charset=utf-8' });
    save(file, `deskpulse-${tenantId}-${month}-${of}.csv`);
  };
  return (
    <fieldset
      className="toolbar downloads"
      aria-label={say('download', { month: format.month(month) })}
    >
      <button
        type="button"
        className="button"
        disabled={!billing}
        onClick={() => saveAs('days', DAYS, billing?.daily ?? [])}
      >
        <span aria-hidden="true">↓</span> {say('byDay')}
      </button>
      <button
        type="button"
        className="button"
        disabled={!billing}
        onClick={() => saveAs('models', MODELS, billing?.models ?? [])}
      >
        <span aria-hidden="true">↓</span> {say('byModel')}
      </button>
    </fieldset>
  );
}
