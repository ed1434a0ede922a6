import { Link } from 'wouter';
import { UNKNOWN } from '../../i18n/format';
import { useMay } from '../../shell/viewer';
import { QueryLink, type Source } from '../../ui/QueryLink';
import { Loading } from '../../ui/states';
import { gradeOf } from './grade';
import { useDashboardWords } from './words';

interface Props {
  /** Null without audits, not there while it is awaited. */
  grade: string | null | undefined;
  source: Source;
}

/** The grade of the audits; the audits themselves are its explanation. */
export function QualityTile({ grade, source }: Props) {
  const say = useDashboardWords();
  const mayRead = useMay('READ_AUDITS');
  const known = gradeOf(grade ?? '');
  const shown = known ? say(known) : (grade ?? UNKNOWN);
  return (
    <li className="card tile">
      <header>
        <h3 className="label">{say('qualityRating')}</h3>
        <QueryLink source={source} title={say('qualityRating')} />
      </header>
      {grade === undefined ? (
        <Loading height={84} />
      ) : (
        <>
          <p className="figure" data-testid="today-quality">
            {mayRead ? (
              <Link href="~/quality" className="explained">
                {shown}
                <span className="visually-hidden"> – {say('toAudits')}</span>
              </Link>
            ) : (
              shown
            )}
          </p>
          <p className="note">{say(grade === null ? 'noAudits' : 'qualityNote')}</p>
        </>
      )}
    </li>
  );
}
