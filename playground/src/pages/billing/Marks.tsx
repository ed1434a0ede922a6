import { useFormat } from '../../i18n/format';
import { Badge } from '../../ui/Badge';
import type { Portal } from './asked';
import { MARKS } from './period';
import { type Webhook, WebhookState } from './WebhookState';
import { useBillingWords } from './words';

export interface Mark {
  percent: number;
  crossedAt: string;
  tokensUsed: number;
  webhook?: Webhook | null | undefined;
}

interface Props {
  marks: readonly Mark[];
  quota: Portal['quota'];
}

/** Which marks of the quota the present period has reached; told as it happens. */
export function Marks({ marks, quota }: Props) {
  const say = useBillingWords();
  const format = useFormat();
  const highest = Math.max(0, ...marks.map(({ percent }) => percent));
  return (
    <section className="marks" aria-label={say('marks')}>
      <p role="status" className="visually-hidden">
        {highest > 0 && say('markNews', { percent: format.percent(highest) })}
      </p>
      <ol>
        {MARKS.map((percent) => (
          <OneMark
            key={percent}
            percent={percent}
            reached={marks.find((mark) => mark.percent === percent)}
            toGo={Math.max(0, Math.ceil((quota.tokensTotal * percent) / 100) - quota.tokensUsed)}
          />
        ))}
      </ol>
    </section>
  );
}

function OneMark(props: { percent: number; reached: Mark | undefined; toGo: number }) {
  const say = useBillingWords();
  const format = useFormat();
  const { percent, reached, toGo } = props;
  const tone = percent >= 95 ? 'bad' : 'warn';
  return (
    <li>
      <strong>{say('mark', { percent: format.percent(percent) })}</strong>
      <Badge tone={reached ? tone : 'plain'}>{say(reached ? 'reached' : 'open')}</Badge>
      <span className="note">
        {reached
          ? say('markReached', {
              at: format.instant(reached.crossedAt),
              tokens: format.count(reached.tokensUsed),
            })
          : say('markOpen', { tokens: format.count(toGo) })}
      </span>
      {reached?.webhook && <WebhookState webhook={reached.webhook} />}
    </li>
  );
}
