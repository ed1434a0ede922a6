import { useFormat } from '../../i18n/format';
import type { Portal } from './asked';
import { paceOf } from './period';
import { useBillingWords } from './words';

interface Props {
  billing: Portal;
  /** First day of the period. */
  start: string;
}

/** How many tokens a day takes, and how many it may take for the plan to last. */
export function Pace({ billing, start }: Props) {
  const say = useBillingWords();
  const format = useFormat();
  const { daily, quota } = billing;
  const pace = paceOf(quota, daily.at(-1)?.date ?? start, start);
  const facts = [
    { label: say('paceToday'), value: daily.at(-1)?.totalTokens },
    { label: say('paceSoFar'), value: pace.soFar },
    { label: say('paceLeft'), value: pace.left },
  ];
  return (
    <dl className="facts pace">
      {facts.map(({ label, value }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{format.count(value)}</dd>
        </div>
      ))}
    </dl>
  );
}
