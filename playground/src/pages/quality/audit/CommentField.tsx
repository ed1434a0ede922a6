import { useId } from 'react';

interface Props {
  label: string;
  value: string;
  mistake?: string;
  onChange(value: string): void;
}

/** As the API takes it at most. */
const LONGEST = 2000;

/** Why, in words that stay in the history. */
export function CommentField({ label, value, mistake, onChange }: Props) {
  const id = useId();
  return (
    <label className="field">
      {label}
      <textarea
        rows={3}
        maxLength={LONGEST}
        value={value}
        aria-invalid={mistake ? true : undefined}
        aria-describedby={mistake ? id : undefined}
        onChange={({ target }) => onChange(target.value)}
      />
      {mistake && (
        <span className="mistake" role="alert" id={id}>
          {mistake}
        </span>
      )}
    </label>
  );
}
