import { useFormat } from '../../../i18n/format';
import { Card } from '../../../ui/Card';
import type { Source } from '../../../ui/QueryLink';
import { useQualityWords } from '../words';
import type { Audit } from './AuditPage';

/** Everything that became of an audit, newest first. */
export function HistoryCard({ audit, source }: { audit: Audit; source: Source }) {
  const say = useQualityWords();
  return (
    <Card title={say('history')} source={source}>
      <ol className="history" reversed>
        {audit.history.toReversed().map((step) => (
          <Step key={step.version} step={step} />
        ))}
      </ol>
    </Card>
  );
}

function Step({ step }: { step: Audit['history'][number] }) {
  const say = useQualityWords();
  const format = useFormat();
  const { scoreBefore, score, statusBefore, status } = step;
  const isMoved = scoreBefore !== null && (scoreBefore !== score || statusBefore !== status);
  return (
    <li>
      <p className="line">
        <strong>{say(step.step)}</strong>
        <span className="note">{format.instant(step.at)}</span>
      </p>
      <p>
        {isMoved && statusBefore
          ? say('moved', {
              before: format.count(scoreBefore),
              statusBefore: say(statusBefore),
              score: format.count(score),
              status: say(status),
            })
          : say('stands', { score: format.count(score), status: say(status) })}
      </p>
      <p className="note">{say('stepBy', { by: step.by, version: step.version })}</p>
      {step.comment && <blockquote>{step.comment}</blockquote>}
    </li>
  );
}
