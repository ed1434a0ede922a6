import { useFormat } from '../../../i18n/format';
import { Badge } from '../../../ui/Badge';
import { Card } from '../../../ui/Card';
import { Meter } from '../../../ui/Meter';
import type { Source } from '../../../ui/QueryLink';
import { useQualityWords } from '../words';
import type { Audit, Scorecard } from './AuditPage';

interface Props {
  audit: Audit;
  scorecards: readonly Scorecard[];
  source: Source;
}

/** The questions of the scorecard with their answers. */
export function ScorecardCard({ audit, scorecards, source }: Props) {
  const say = useQualityWords();
  const format = useFormat();
  const { answers, scorecard, scorecardVersion, scoreOfAnswers } = audit;
  const card = scorecards.find(
    ({ id, version }) => id === scorecard && version === scorecardVersion,
  );
  const titles = new Map(card?.categories.map(({ id, title }) => [id, title]));
  return (
    <Card title={say('scorecard')} source={source}>
      {scorecard === null ? (
        <p className="note">{say('plainScore')}</p>
      ) : (
        <>
          <p className="note">
            {say('scorecardVersion', {
              title: card?.title ?? scorecard,
              version: scorecardVersion ?? 0,
              score: format.count(scoreOfAnswers),
            })}
          </p>
          <ul className="answers">
            {answers.map((answer) => (
              <Answer
                key={answer.category}
                answer={answer}
                title={titles.get(answer.category) ?? answer.category}
              />
            ))}
          </ul>
        </>
      )}
    </Card>
  );
}

function Answer({ answer, title }: { answer: Audit['answers'][number]; title: string }) {
  const say = useQualityWords();
  const format = useFormat();
  const { points, of, weight, critical } = answer;
  const isMissed = critical && points !== null && points * 2 < of;
  const share = points === null ? null : (points / of) * 100;
  return (
    <li>
      <p className="line">
        <span className="grow">
          {title} {critical && <Badge tone={isMissed ? 'bad' : 'plain'}>{say('critical')}</Badge>}
        </span>
        <strong className="number">
          {points === null
            ? say('notApplicable')
            : say('pointsOf', { points: format.count(points), of: format.count(of) })}
        </strong>
      </p>
      {share !== null && (
        <Meter label={title} percent={share} tone={share < 50 ? 'bad' : undefined} />
      )}
      <p className="note">
        {say('weight', { weight: format.count(weight) })}
        {isMissed && ` · ${say('criticalMissed')}`}
      </p>
    </li>
  );
}
