import { useState } from 'react';
import { Link } from 'wouter';
import { useAnswer } from '../../../api/answers';
import { Session, type SessionQuery } from '../../../gql/operations';
import { useFormat } from '../../../i18n/format';
import { Answered } from '../../../ui/Answered';
import { Card } from '../../../ui/Card';
import { Empty, NoPermission } from '../../../ui/states';
import { useMayOwn } from '../useMayOwn';
import { useQualityWords } from '../words';
import type { Audit } from './AuditPage';
import { ConversationEvent } from './ConversationEvent';

/** How many events are shown at first, and at most. */
const FIRST = 100;
const MOST = 500;

/** What happened in the conversation, oldest first. */
export function Conversation({ audit, chosen }: { audit: Audit; chosen: string | null }) {
  const say = useQualityWords();
  const mayRead = useMayOwn('READ_SESSIONS');
  const [first, setFirst] = useState(FIRST);
  const variables = { id: audit.sessionId, first };
  const answer = useAnswer(Session, variables, { enabled: mayRead });
  return (
    <Card
      className="conversation"
      title={say('conversation')}
      source={{ operation: Session, variables }}
      actions={
        <Link href={`?${new URLSearchParams({ session: audit.sessionId })}`} className="note">
          {audit.sessionId}
        </Link>
      }
    >
      {mayRead ? (
        <Answered answer={answer} height={360}>
          {({ session }) =>
            session ? (
              <Events
                audit={audit}
                chosen={chosen}
                session={session}
                onMore={first < MOST ? () => setFirst(MOST) : undefined}
              />
            ) : (
              <Empty title={say('noSession')}>
                <p>{say('noSessionHint', { id: audit.sessionId })}</p>
              </Empty>
            )
          }
        </Answered>
      ) : (
        <NoPermission />
      )}
    </Card>
  );
}

interface EventsProps {
  audit: Audit;
  chosen: string | null;
  session: NonNullable<SessionQuery['session']>;
  onMore?: () => void;
}

function Events({ audit, chosen, session, onMore }: EventsProps) {
  const say = useQualityWords();
  const format = useFormat();
  const { edges, pageInfo } = session.events;
  const facts = [
    say(session.outcome),
    session.channelName ?? session.channel,
    session.durationSeconds !== null && format.duration(session.durationSeconds),
    session.waitSeconds !== null && say('waited', { time: format.duration(session.waitSeconds) }),
  ];
  return (
    <>
      <p className="note">{facts.filter(Boolean).join(' · ')}</p>
      {edges.length === 0 && (
        <Empty title={say('noEvents')}>
          <p>{say('noEventsHint')}</p>
        </Empty>
      )}
      <ol className="events">
        {edges.map(({ node }) => (
          <ConversationEvent
            key={node.id}
            event={node}
            isChosen={node.id === chosen}
            findings={audit.findings.filter(({ eventId }) => eventId === node.id)}
          />
        ))}
      </ol>
      {pageInfo.hasNextPage &&
        (onMore ? (
          <button type="button" className="button" onClick={onMore}>
            {say('moreEvents')}
          </button>
        ) : (
          <p className="note">{say('moreThan', { count: edges.length })}</p>
        ))}
    </>
  );
}
