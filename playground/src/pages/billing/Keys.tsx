import { PARTS } from './tokens';
import { useBillingWords } from './words';

/** What the colours of the days stand for. */
export function Keys({ shown, hasUnknown }: { shown: 'cost' | 'tokens'; hasUnknown: boolean }) {
  const say = useBillingWords();
  const keys =
    shown === 'cost'
      ? [{ label: say('knownCost'), colour: '--series-1' }]
      : PARTS.map(({ field, colour }) => ({ label: say(field), colour }));
  return (
    <ul className="keys">
      {keys.map(({ label, colour }) => (
        <li key={label} className="key">
          <i style={{ background: `var(${colour})` }} />
          <span>{label}</span>
        </li>
      ))}
      {hasUnknown && (
        <li className="key">
          <i className="unknown" />
          <span>{say('unknownCost')}</span>
        </li>
      )}
    </ul>
  );
}
