import { useEffect, useMemo, useRef } from 'react';
import { useFormat } from '../../../i18n/format';
import { SeverityBadge } from '../SeverityBadge';
import { useQualityWords } from '../words';
import type { Audit } from './AuditPage';
import { type Fact, turnOf } from './turn';

const NAMES = [
  'session.start',
  'session.queue',
  'session.assign',
  'session.transfer',
  'session.end',
  'message.customer',
  'message.ai',
  'message.agent',
  'rating.submit',
  'visitor.seen',
  'agent.status',
] as const;

interface Props {
  event: { id: string; name: string; data: unknown; occurredAt: string };
  isChosen: boolean;
  findings: Audit['findings'];
}

/** One event: who, when, what, and what was found about it. */
export function ConversationEvent({ event, isChosen, findings }: Props) {
  const say = useQualityWords();
  const format = useFormat();
  const element = useRef<HTMLLIElement>(null);
  const turn = useMemo(() => turnOf(event), [event]);
  const known = NAMES.find((name) => name === event.name);
  useEffect(() => {
    if (isChosen) {
      element.current?.focus({ preventScroll: true });
      element.current?.scrollIntoView({ block: 'center' });
    }
  }, [isChosen]);
  return (
    <li
      ref={element}
      id={`event-${event.id}`}
      className={`event ${turn.side} ${isChosen ? 'chosen' : ''}`}
      tabIndex={-1}
    >
      <p className="line">
        <strong>{known ? say(known) : event.name}</strong>
        <time className="note" dateTime={event.occurredAt} title={format.instant(event.occurredAt)}>
          {format.time(event.occurredAt)}
        </time>
        {findings.map(({ code, severity }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the same may be found twice
          <span key={index} className="line">
            <span aria-hidden="true">⚑</span> {code} <SeverityBadge severity={severity} />
          </span>
        ))}
      </p>
      {turn.text !== null && <p className="said">{turn.text}</p>}
      <Facts facts={turn.facts} />
      <Rest rest={turn.rest} />
    </li>
  );
}

function Facts({ facts }: { facts: readonly Fact[] }) {
  const say = useQualityWords();
  const show = useFactText();
  return facts.length === 0 ? null : (
    <ul className="note facts-line">
      {facts.map((fact) => (
        <li key={fact.key}>
          {say(`data.${fact.key}`)} <b>{show(fact)}</b>
        </li>
      ))}
    </ul>
  );
}

function useFactText(): (fact: Fact) => string {
  const say = useQualityWords();
  const format = useFormat();
  return ({ key, value }) => {
    if (typeof value === 'boolean') {
      return say(value ? 'yes' : 'no');
    }
    if (typeof value === 'string') {
      return value;
    }
    switch (key) {
      case 'response_time':
        return format.duration(value / 1000);
      case 'duration':
        return format.duration(value);
      case 'score':
        return say('ofFive', { score: format.count(value) });
      default:
        return format.count(value);
    }
  };
}

function Rest({ rest }: Pick<ReturnType<typeof turnOf>, 'rest'>) {
  const say = useQualityWords();
  return Object.keys(rest).length === 0 ? null : (
    <details>
      <summary className="note">{say('moreData')}</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and so it takes the keyboard */}
      <pre tabIndex={0}>{JSON.stringify(rest, null, 2)}</pre>
    </details>
  );
}
