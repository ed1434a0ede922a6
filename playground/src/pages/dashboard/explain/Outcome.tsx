import { ExplainMetric } from '../../../gql/operations';
import { useFormat } from '../../../i18n/format';
import { Badge } from '../../../ui/Badge';
import { QueryLink } from '../../../ui/QueryLink';
import type { Explaining } from '../address';
import { ExportButton } from '../ExportButton';
import { FIGURES, tell } from '../figures';
import { useFigureNames } from '../names';
import { useAddress } from '../useAddress';
import { useDashboardWords } from '../words';
import { type Explained, leastComplete, STATES } from './state';
import { useExplainWords } from './words';

interface Props {
  explaining: Explaining;
  explained: Explained;
  variables: object;
}

/** The figure itself: over which days, of which rows, as of when, and whether it still changes. */
export function Outcome({ explaining, explained, variables }: Props) {
  const say = useExplainWords();
  const name = useFigureNames();
  const format = useFormat();
  const { params, change } = useAddress();
  const { metric, from, to } = explaining;
  const state = STATES[leastComplete(explained.days)];
  const title = name(metric);
  return (
    <section className="outcome">
      <p className="figure" data-testid="explained">
        {tell(format, FIGURES[metric].unit, explained.value)}
      </p>
      <div className="toolbar">
        <strong>
          {from === to
            ? format.date(from)
            : say('over', { from: format.date(from), to: format.date(to) })}
        </strong>
        <Chosen explaining={explaining} />
        <Badge tone={state.tone}>{say(state.word)}</Badge>
      </div>
      <p className="note">
        {say(state.hint)}{' '}
        {say('asOf', { time: format.instant(explained.asOf), zone: explained.timeZone })}
      </p>
      <div className="toolbar">
        {params.has('over') && (
          <button
            type="button"
            className="button small"
            onClick={() => change({ over: null, after: null })}
          >
            {say('wholePeriod')}
          </button>
        )}
        <ExportButton
          label={say('exportDays', { title })}
          view={explaining}
          parameters={{ ids: [metric], grain: 'DAY' }}
        />
        <QueryLink source={{ operation: ExplainMetric, variables }} title={title} />
      </div>
    </section>
  );
}

/** What the rows are narrowed to. */
function Chosen({ explaining: { product, channel } }: { explaining: Explaining }) {
  const say = useDashboardWords();
  return (
    <>
      {product !== undefined && (
        <Badge>
          {say('product')}: {product ?? say('noProduct')}
        </Badge>
      )}
      {channel !== undefined && (
        <Badge>
          {say('channel')}: {channel ?? say('noChannel')}
        </Badge>
      )}
    </>
  );
}
