import { useId } from 'react';

interface Props<Value extends string | number> {
  label: string;
  value: Value;
  options: readonly { value: Value; label: string }[];
  onChange(value: Value): void;
}

/** One of a few, all in sight. */
export function Choice<Value extends string | number>(props: Props<Value>) {
  const name = useId();
  return (
    <fieldset className="choice" aria-label={props.label}>
      {props.options.map(({ value, label }) => (
        <label key={value}>
          <input
            className="visually-hidden"
            type="radio"
            name={name}
            checked={value === props.value}
            onChange={() => props.onChange(value)}
          />
          {label}
        </label>
      ))}
    </fieldset>
  );
}
