import { useFormat } from '../../i18n/format';
import { Badge, type Tone } from '../../ui/Badge';
import type { Portal } from './asked';
import { useBillingWords } from './words';

export type Webhook = NonNullable<Portal['quotaAlerts'][number]['webhook']>;

const TONES = {
  DELIVERED: 'good',
  PENDING: 'info',
  GIVEN_UP: 'bad',
} as const satisfies Record<Webhook['status'], Tone>;

/** How the webhook of a mark stands. */
export function WebhookState({ webhook }: { webhook: Webhook }) {
  const say = useBillingWords();
  const format = useFormat();
  return (
    <span className="webhook">
      <Badge tone={TONES[webhook.status]}>{say(`webhook${webhook.status}`)}</Badge>
      {webhook.status !== 'DELIVERED' && (
        <span className="note">
          {say('webhookTries', {
            count: webhook.attempts,
            status: format.decimal(webhook.httpStatus, 0),
          })}
        </span>
      )}
    </span>
  );
}
