import { type ComponentProps, useEffect, useId, useRef, useState } from 'react';

/** How long after the last letter the list follows. */
const PATIENCE_MS = 400;

type Passed = 'type' | 'inputMode' | 'placeholder' | 'maxLength' | 'onFocus';

interface Props extends Pick<ComponentProps<'input'>, Passed> {
  label: string;
  hint?: string;
  value: string | null;
  offers?: readonly { value: string; label?: string }[];
  onChange(value: string | null): void;
}

/** A text that narrows the list, a moment after it was typed or at once with Enter. */
export function TextFilter({ label, hint, value, offers, onChange, ...rest }: Props) {
  const id = useId();
  const [text, setText] = useState(value ?? '');
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => setText(value ?? ''), [value]);
  useEffect(() => () => clearTimeout(timer.current), []);

  const commit = (given: string) => {
    clearTimeout(timer.current);
    if (given.trim() !== (value ?? '')) {
      onChange(given.trim() || null);
    }
  };
  const later = useRef(commit);
  later.current = commit;
  return (
    <label className="field">
      {label}
      <input
        {...rest}
        type={rest.type ?? 'text'}
        title={hint}
        list={offers && offers.length > 0 ? id : undefined}
        autoComplete="off"
        value={text}
        onChange={({ target }) => {
          setText(target.value);
          clearTimeout(timer.current);
          timer.current = setTimeout(() => later.current(target.value), PATIENCE_MS);
        }}
        onBlur={() => commit(text)}
        onKeyDown={(event) => event.key === 'Enter' && commit(text)}
      />
      {offers && offers.length > 0 && (
        <datalist id={id}>
          {offers.map((offer) => (
            <option key={offer.value} value={offer.value}>
              {offer.label}
            </option>
          ))}
        </datalist>
      )}
    </label>
  );
}
