import { useFormat } from '../../i18n/format';
import type { Portal } from './asked';
import { cost } from './money';
import { useBillingWords } from './words';

/** The sum with the numbers put in, each with what it is. */
export function RoiFormula({ roi }: { roi: Portal['roi'] }) {
  const say = useBillingWords();
  const format = useFormat();
  const { minutesPerSession, costPerMinute } = roi.assumptions;
  const terms = [
    { sign: '', value: format.count(roi.aiResolvedSessions), word: say('sessionsAi') },
    { sign: '×', value: plain(format, minutesPerSession), word: say('minutesEach') },
    { sign: '×', value: cost(format, costPerMinute), word: say('costEach') },
    { sign: '−', value: cost(format, roi.tokenCost), word: say('tokenCost') },
    { sign: '=', value: format.money(roi.savedCost), word: say('savedCost') },
  ];
  return (
    <section className="formula" aria-label={say('goesIn')}>
      <h3>{say('goesIn')}</h3>
      <ol>
        {terms.map(({ sign, value, word }) => (
          <li key={word}>
            {sign && <span className="sign">{sign}</span>}
            <span className="term">
              <strong>{value}</strong>
              <span className="note">{word}</span>
            </span>
          </li>
        ))}
      </ol>
      {roi.completedSessions === 0 && <p className="note">{say('roiEmpty')}</p>}
      {roi.unpricedCalls > 0 && (
        <p className="note">{say('roiUnpriced', { count: roi.unpricedCalls })}</p>
      )}
    </section>
  );
}

function plain(format: ReturnType<typeof useFormat>, amount: string): string {
  const value = Number(amount);
  return format.decimal(value, Number.isInteger(value) ? 0 : 2);
}
