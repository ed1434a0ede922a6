import { useId } from 'react';
import { useFormat } from '../../i18n/format';
import { type Assumption, accepted, reachOf } from './assumptions';
import { useBillingWords } from './words';

interface Props {
  assumption: Assumption;
  configured: string;
  value: string;
  onMove(value: string): void;
}

/** One assumption: a slider over what is usual, and a field that takes all that is allowed. */
export function AssumptionField({ assumption, configured, value, onMove }: Props) {
  const say = useBillingWords();
  const format = useFormat();
  const id = useId();
  const { name, least, most, step } = assumption;
  const label = say(name);
  const isWrong = accepted(assumption, value) === undefined;
  const isConfigured = Number(value) === Number(configured);
  const digits = Number.isInteger(Number(configured)) ? 0 : 2;
  return (
    <div className="assumption">
      <label htmlFor={id}>{label}</label>
      <input
        type="range"
        aria-label={say('slider', { label })}
        min={least}
        max={reachOf(assumption, configured, isWrong ? configured : value)}
        step={step}
        value={isWrong ? configured : value}
        onChange={(event) => onMove(event.target.value)}
      />
      <input
        id={id}
        className="control"
        inputMode="decimal"
        autoComplete="off"
        value={value}
        aria-invalid={isWrong || undefined}
        aria-describedby={`${id}-note`}
        onChange={(event) => onMove(event.target.value.trim())}
      />
      <p className={isWrong ? 'note bad-text' : 'note'} id={`${id}-note`}>
        {isWrong
          ? say('outOfBounds', { least: format.count(least), most: format.count(most) })
          : isConfigured
            ? say('asConfigured')
            : say('configuredIs', { value: format.decimal(Number(configured), digits) })}
      </p>
    </div>
  );
}
