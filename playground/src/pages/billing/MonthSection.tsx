import { RecordTokenUsage } from '../../gql/operations';
import { useFormat } from '../../i18n/format';
import { useMay } from '../../shell/viewer';
import { Answered } from '../../ui/Answered';
import { playgroundAddress } from '../../ui/QueryLink';
import { Empty } from '../../ui/states';
import { type Books, useBooks, useMonth } from './asked';
import { DailyCard } from './DailyCard';
import { ModelsCard } from './ModelsCard';
import { MonthBar } from './MonthBar';
import { MonthTiles } from './MonthTiles';
import { UnpricedCard } from './UnpricedCard';
import { useBillingWords } from './words';

/** The books of one month: what its days and models used and cost. */
export function MonthSection() {
  const chosen = useMonth();
  const books = useBooks(chosen);
  const isOlder = books.isPlaceholderData;
  return (
    <>
      <MonthBar chosen={chosen} billing={isOlder ? undefined : books.data?.billing} />
      <Answered answer={books} height={520}>
        {({ billing }) => (
          <div className="stack" aria-busy={isOlder} data-testid="books">
            <BooksOf billing={billing} chosen={chosen} />
          </div>
        )}
      </Answered>
    </>
  );
}

interface Props {
  billing: Books;
  chosen: ReturnType<typeof useMonth>;
}

function BooksOf({ billing, chosen }: Props) {
  if (billing.models.length === 0) {
    return <NoCalls month={chosen.month} />;
  }
  return (
    <>
      <MonthTiles billing={billing} chosen={chosen} />
      <UnpricedCard billing={billing} chosen={chosen} />
      <div className="billing-wide">
        <DailyCard days={billing.daily} source={chosen.source} />
        <ModelsCard models={billing.models} source={chosen.source} />
      </div>
    </>
  );
}

function NoCalls({ month }: { month: string }) {
  const say = useBillingWords();
  const mayRecord = useMay('RECORD_USAGE');
  const format = useFormat();
  return (
    <section className="card">
      <Empty title={say('noCalls', { month: format.month(month) })}>
        <p className="billing-prose">{say('noCallsHint')}</p>
        <p>{say('otherMonth')}</p>
        {mayRecord && (
          <a className="button" href={playgroundAddress({ operation: RecordTokenUsage })}>
            {say('tryRecording')}
          </a>
        )}
      </Empty>
    </section>
  );
}
