import { useLocation, useSearch } from 'wouter';
import { Card } from '../../../ui/Card';
import type { Source } from '../../../ui/QueryLink';
import { SeverityBadge } from '../SeverityBadge';
import { withSearch } from '../useChosen';
import { useQualityWords } from '../words';
import type { Audit } from './AuditPage';
import { Issues } from './Issues';

/** What was found; each leads to the event that it is about. */
export function FindingsCard({ audit, source }: { audit: Audit; source: Source }) {
  const say = useQualityWords();
  const { findings, issues } = audit;
  return (
    <Card title={say('findings')} source={source}>
      {findings.length === 0 && !issues && <p className="note">{say('nothingFound')}</p>}
      {findings.length > 0 && (
        <ul className="findings">
          {findings.map((finding, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the same may be found twice
            <li key={index} className="line">
              <strong>{finding.code}</strong>
              <SeverityBadge severity={finding.severity} />
              {finding.eventId && <Jump eventId={finding.eventId} code={finding.code} />}
            </li>
          ))}
        </ul>
      )}
      <Issues issues={issues} />
    </Card>
  );
}

function Jump({ eventId, code }: { eventId: string; code: string }) {
  const say = useQualityWords();
  const [location, navigate] = useLocation();
  const params = new URLSearchParams(useSearch());
  const jump = () => {
    const event = document.getElementById(`event-${eventId}`);
    event?.scrollIntoView({ block: 'center' });
    event?.focus({ preventScroll: true });
    params.set('event', eventId);
    navigate(withSearch(location, params), { replace: true });
  };
  return (
    <button
      type="button"
      className="button small"
      aria-label={say('toEventOf', { code })}
      onClick={jump}
    >
      {say('toEvent')}
    </button>
  );
}
