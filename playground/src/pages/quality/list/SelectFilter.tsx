import { useQualityWords } from '../words';

interface Props<Value extends string> {
  label: string;
  value: Value | null;
  options: readonly { value: Value; label: string }[];
  onChange(value: Value | null): void;
}

/** One of a few, or any. */
export function SelectFilter<Value extends string>(props: Props<Value>) {
  const say = useQualityWords();
  const { label, value, options, onChange } = props;
  return (
    <label className="field">
      {label}
      <select
        value={value ?? ''}
        onChange={({ target }) =>
          onChange(options.find((option) => option.value === target.value)?.value ?? null)
        }
      >
        <option value="">{say('any')}</option>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </label>
  );
}
