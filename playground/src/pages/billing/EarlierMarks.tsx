import { useFormat } from '../../i18n/format';
import type { Portal } from './asked';
import { WebhookState } from './WebhookState';
import { useBillingWords } from './words';

/** The marks that billing periods before this one have reached. */
export function EarlierMarks({ alerts }: { alerts: Portal['quotaAlerts'] }) {
  const say = useBillingWords();
  const format = useFormat();
  return (
    <details>
      <summary>{say('earlier')}</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and so it takes the keyboard */}
      <section className="table-frame" tabIndex={0} aria-label={say('earlier')}>
        <table>
          <thead>
            <tr>
              <th scope="col">{say('period')}</th>
              <th scope="col">{say('markHead')}</th>
              <th scope="col">{say('at')}</th>
              <th scope="col" className="number">
                {say('tokensThen')}
              </th>
              <th scope="col">{say('webhook')}</th>
            </tr>
          </thead>
          <tbody>
            {alerts.map((alert) => (
              <tr key={`${alert.periodStart}-${alert.percent}`}>
                <th scope="row">{format.date(alert.periodStart)}</th>
                <td>{format.percent(alert.percent)}</td>
                <td>{format.instant(alert.crossedAt)}</td>
                <td className="number">{format.count(alert.tokensUsed)}</td>
                <td>
                  {alert.webhook ? <WebhookState webhook={alert.webhook} /> : format.count(null)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}
