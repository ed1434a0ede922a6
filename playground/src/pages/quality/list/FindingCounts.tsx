import { useMemo } from 'react';
import { useAnswer } from '../../../api/answers';
import { AuditFindings } from '../../../gql/operations';
import { plusDays } from '../../../i18n/dates';
import { useFormat } from '../../../i18n/format';
import { useTimeZone } from '../../../shell/viewer';
import { Answered } from '../../../ui/Answered';
import { Card } from '../../../ui/Card';
import { Empty } from '../../../ui/states';
import { endOfDay, startOfDay, today } from '../days';
import { SeverityBadge } from '../SeverityBadge';
import { useQualityWords } from '../words';

const DAYS = 30;
const SHOWN = 12;

/** What was found most often of late. */
export function FindingCounts() {
  const say = useQualityWords();
  const timeZone = useTimeZone();
  const day = today(timeZone);
  const variables = useMemo(
    () => ({
      from: startOfDay(plusDays(day, 1 - DAYS), timeZone),
      to: endOfDay(day, timeZone),
    }),
    [day, timeZone],
  );
  const answer = useAnswer(AuditFindings, variables, { everyMs: 60_000 });
  return (
    <Card
      title={say('findingCounts', { days: DAYS })}
      source={{ operation: AuditFindings, variables }}
    >
      <Answered answer={answer} height={240}>
        {({ quality: { findingCounts } }) =>
          findingCounts.length === 0 ? (
            <Empty title={say('noFindings')}>
              <p>{say('noFindingsHint')}</p>
            </Empty>
          ) : (
            <Counts counts={findingCounts.slice(0, SHOWN)} />
          )
        }
      </Answered>
    </Card>
  );
}

type Count = {
  code: string;
  severity: 'MINOR' | 'MAJOR' | 'CRITICAL';
  findings: number;
  audits: number;
};

function Counts({ counts }: { counts: readonly Count[] }) {
  const say = useQualityWords();
  const format = useFormat();
  const most = Math.max(...counts.map(({ findings }) => findings), 1);
  return (
    <ul className="finding-counts">
      {counts.map(({ code, severity, findings, audits }) => (
        <li key={`${code} ${severity}`}>
          <span className="finding-name">
            <strong>{code}</strong> <SeverityBadge severity={severity} />
          </span>
          <span className="number">
            {say('inAudits', {
              count: audits,
              findings: format.count(findings),
              audits: format.count(audits),
            })}
          </span>
          <span className="bar" aria-hidden="true">
            <i style={{ width: `${(findings / most) * 100}%` }} />
          </span>
        </li>
      ))}
    </ul>
  );
}
