import { SCORE_ID } from './focus';

interface Props {
  label: string;
  value: string;
  mistake?: string;
  onChange(value: string): void;
}

/** A score from 0 to 100. */
export function ScoreField({ label, value, mistake, onChange }: Props) {
  return (
    <label className="field score-field">
      {label}
      <input
        id={SCORE_ID}
        type="text"
        inputMode="numeric"
        autoComplete="off"
        maxLength={3}
        value={value}
        aria-invalid={mistake ? true : undefined}
        aria-describedby={mistake ? `${SCORE_ID}-mistake` : undefined}
        onChange={({ target }) => onChange(target.value)}
      />
      {mistake && (
        <span className="mistake" role="alert" id={`${SCORE_ID}-mistake`}>
          {mistake}
        </span>
      )}
    </label>
  );
}
