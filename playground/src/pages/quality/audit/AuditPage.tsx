import { useSearch } from 'wouter';
import { useAnswer } from '../../../api/answers';
import { AuditDetail, type AuditDetailQuery } from '../../../gql/operations';
import { Answered } from '../../../ui/Answered';
import { Empty } from '../../../ui/states';
import { KeysButton } from '../queue/KeysButton';
import { NextAudit } from '../queue/NextAudit';
import { useQualityWords } from '../words';
import { AuditHead } from './AuditHead';
import { BackLink } from './BackLink';
import { Conversation } from './Conversation';
import { Decision } from './Decision';
import { DisputeCard } from './DisputeCard';
import { FindingsCard } from './FindingsCard';
import { HistoryCard } from './HistoryCard';
import { ScorecardCard } from './ScorecardCard';
import { ScoresCard } from './ScoresCard';
import { useAuditKeys } from './useAuditKeys';

const EVERY_MS = 5000;

export type Audit = NonNullable<AuditDetailQuery['quality']['audit']>;
export type Scorecard = AuditDetailQuery['quality']['scorecards'][number];

/** One audit: what was said, how it was judged, and what there is to do about it. */
export function AuditPage({ id }: { id: string }) {
  const answer = useAnswer(AuditDetail, { id }, { everyMs: EVERY_MS });
  const chosenEvent = new URLSearchParams(useSearch()).get('event');
  const audit = answer.data?.quality.audit?.id === id ? answer.data.quality.audit : undefined;
  const source = { operation: AuditDetail, variables: { id } };
  useAuditKeys(id, audit);
  return (
    <>
      <div className="page-head">
        <BackLink />
        <div className="toolbar">
          <NextAudit />
          <KeysButton />
        </div>
      </div>
      <Answered answer={answer} height={500}>
        {({ quality }) =>
          quality.audit ? (
            <>
              <AuditHead audit={quality.audit} />
              <div className="audit-columns">
                <Conversation audit={quality.audit} chosen={chosenEvent} />
                <div className="stack">
                  <Decision audit={quality.audit} />
                  <DisputeCard audit={quality.audit} source={source} />
                  <ScoresCard audit={quality.audit} source={source} />
                  <FindingsCard audit={quality.audit} source={source} />
                </div>
                <div className="stack">
                  <ScorecardCard
                    audit={quality.audit}
                    scorecards={quality.scorecards}
                    source={source}
                  />
                  <HistoryCard audit={quality.audit} source={source} />
                </div>
              </div>
            </>
          ) : (
            <Missing id={id} />
          )
        }
      </Answered>
    </>
  );
}

function Missing({ id }: { id: string }) {
  const say = useQualityWords();
  return (
    <>
      <h1>{id}</h1>
      <section className="card">
        <Empty title={say('noSuchAudit', { id })}>
          <p>{say('noSuchAuditHint')}</p>
        </Empty>
      </section>
    </>
  );
}
