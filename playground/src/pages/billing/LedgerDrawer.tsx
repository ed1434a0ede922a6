import { useAnswer } from '../../api/answers';
import { Ledger, type LedgerQuery } from '../../gql/operations';
import { Answered } from '../../ui/Answered';
import { Drawer } from '../../ui/Drawer';
import { QueryLink } from '../../ui/QueryLink';
import { Empty } from '../../ui/states';
import { LedgerEntry } from './LedgerEntry';
import { LedgerTotal } from './LedgerTotal';
import { useBillingWords } from './words';

export type Entry = LedgerQuery['billing']['ledger'][number];

interface Props {
  requestId: string;
  provider: string | null;
  onClose(): void;
}

/** The rows of one call, in their order, and what they come to. */
export function LedgerDrawer({ requestId, provider, onClose }: Props) {
  const say = useBillingWords();
  const variables = { requestId, provider };
  const answer = useAnswer(Ledger, variables);
  const title = say('ledgerOf', { id: requestId });
  return (
    <Drawer title={title} onClose={onClose}>
      <Answered answer={answer} height={240}>
        {({ billing: { ledger } }) =>
          ledger.length === 0 ? (
            <Empty title={say('ledgerNone')}>
              <p className="billing-prose">{say('ledgerNoneHint')}</p>
            </Empty>
          ) : (
            <>
              {ledger.map((entry) => (
                <LedgerEntry
                  key={`${entry.recordedAt}-${entry.kind}-${entry.tokens}`}
                  entry={entry}
                />
              ))}
              {ledger.length > 1 && <LedgerTotal entries={ledger} />}
            </>
          )
        }
      </Answered>
      <p>
        <QueryLink source={{ operation: Ledger, variables }} title={title} />
      </p>
    </Drawer>
  );
}
