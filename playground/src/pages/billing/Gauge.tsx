import { useFormat } from '../../i18n/format';
import type { Portal } from './asked';
import { MARKS, toneOf } from './period';
import { useBillingWords } from './words';

/** The plan as a bar: used, held and left, with the marks over it. */
export function Gauge({ billing: { usage, quota } }: { billing: Portal }) {
  const say = useBillingWords();
  const format = useFormat();
  const total = Math.max(quota.tokensTotal, 1);
  // Beyond the plan the bar grows, and its end moves inwards.
  const most = Math.max(100, (100 * (quota.tokensUsed + quota.tokensReserved)) / total);
  const at = (percent: number) => `${(100 * percent) / most}%`;
  const percent = format.percent(usage.usagePercent);
  const used = format.count(quota.tokensUsed);
  return (
    <div className="gauge">
      <div className="gauge-figure">
        <strong>{percent}</strong>
        <span className="note">
          {say('meterText', { used, total: format.count(quota.tokensTotal), percent })}
        </span>
      </div>
      <div className="gauge-marks" aria-hidden="true">
        {MARKS.map((mark) => (
          <span key={mark} style={{ insetInlineStart: at(mark) }}>
            {format.percent(mark)}
          </span>
        ))}
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: browsers draw <meter> each in its own way */}
      <div
        className="gauge-bar"
        role="meter"
        aria-label={say('meter')}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.min(100, Math.round(usage.usagePercent))}
        aria-valuetext={say('meterText', { used, total: format.count(total), percent })}
      >
        <i className={toneOf(usage.usagePercent)} style={{ width: at(usage.usagePercent) }} />
        <i className="held" style={{ width: at((100 * quota.tokensReserved) / total) }} />
        {MARKS.map((mark) => (
          <b key={mark} style={{ insetInlineStart: at(mark) }} />
        ))}
      </div>
      <ul className="keys">
        <Key className={toneOf(usage.usagePercent)} label={say('usedKey')} value={used} />
        <Key className="held" label={say('heldKey')} value={format.count(quota.tokensReserved)} />
        <Key className="left" label={say('leftKey')} value={format.count(quota.tokensRemaining)} />
      </ul>
    </div>
  );
}

function Key({ className, label, value }: { className: string; label: string; value: string }) {
  return (
    <li className="key">
      <i className={className} />
      <span>{label}</span>
      <strong>{value}</strong>
    </li>
  );
}
