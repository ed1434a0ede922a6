import { useFormat } from '../../../i18n/format';
import { useQualityWords } from '../words';
import type { Audit } from './AuditPage';

interface Props {
  audit: Audit;
  /** What the viewer has written, and was not taken. */
  written: readonly string[];
  onCatchUp(): void;
}

/** Tells who was quicker and what came of it; nothing that was written is lost unseen. */
export function Overtaken({ audit, written, onCatchUp }: Props) {
  const say = useQualityWords();
  const format = useFormat();
  const last = audit.history.at(-1);
  const own = written.filter((text) => text !== '');
  return (
    <div className="banner warn overtaken" role="alert">
      <p>
        <strong>{say('overtaken')}</strong>
      </p>
      {last && (
        <p>
          {say(`overtaken${last.step}`, {
            by: last.by,
            at: format.time(last.at),
            score: format.count(last.score),
            status: say(last.status),
          })}
          {last.comment && ` “${last.comment}”`}
        </p>
      )}
      {own.length > 0 && (
        <>
          <p>{say('writtenKept')}</p>
          <blockquote>{own.join(' · ')}</blockquote>
        </>
      )}
      <button type="button" className="button" onClick={onCatchUp}>
        {say('catchUp')}
      </button>
    </div>
  );
}
