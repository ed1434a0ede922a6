import { useFormat } from '../../i18n/format';
import { useTimeZone } from '../../shell/viewer';
import { useShellWords } from '../../shell/words';
import { Choice } from '../../ui/Choice';
import { PERIODS, type Period, type View } from './address';
import { useFigures, useToday } from './asked';
import { ExportButton } from './ExportButton';
import { Filter } from './Filter';
import { FIGURES } from './figures';
import { useAddress } from './useAddress';
import { useDashboardWords } from './words';

/** The name of the page, and what is chosen on it; bare for whom only own figures are shown. */
export function Head({ view, isBare = false }: { view: View; isBare?: boolean }) {
  const page = useShellWords();
  return (
    <header className="dashboard-head">
      <div>
        <h1>{page('Dashboard')}</h1>
        {isBare ? null : <AsOf view={view} />}
      </div>
      <div className="toolbar">
        <PeriodChoice view={view} />
        {!isBare && (
          <>
            <Filter view={view} dimension="product" />
            <Filter view={view} dimension="channel" />
            <ExportFigures view={view} />
          </>
        )}
      </div>
    </header>
  );
}

function AsOf({ view }: { view: View }) {
  const say = useDashboardWords();
  const format = useFormat();
  const zone = useTimeZone();
  const { answer } = useToday(view);
  const time = format.time(answer.data?.metrics.asOf);
  return <p className="note">{say('asOf', { time, zone })}</p>;
}

function PeriodChoice({ view }: { view: View }) {
  const say = useDashboardWords();
  const { change } = useAddress();
  const options = (Object.keys(PERIODS) as Period[]).map((value) => ({
    value,
    label: say(`period_${value}`),
  }));
  return (
    <Choice
      label={say('period')}
      value={view.period}
      options={options}
      onChange={(period) => change({ period }, true)}
    />
  );
}

function ExportFigures({ view }: { view: View }) {
  const say = useDashboardWords();
  const { source } = useFigures(view);
  const { grain } = source.variables;
  return (
    <ExportButton
      label={say('exportFigures')}
      view={view}
      parameters={{ ids: Object.keys(FIGURES), grain, compare: 'true' }}
    />
  );
}
