import { useFormat } from '../../i18n/format';
import type { Portal } from './asked';
import { daysBetween } from './period';
import { useBillingWords } from './words';

/** When the tokens run out; null without a forecast. */
export function useExpectation({ forecast, quota }: Portal): string | null {
  const say = useBillingWords();
  const format = useFormat();
  if (!forecast) {
    return null;
  }
  if (quota.tokensUsed >= quota.tokensTotal) {
    return say('forecastGone');
  }
  if (forecast.runsOutOn) {
    const count = daysBetween(forecast.runsOutOn, quota.resetDate);
    return say('forecastRunsOut', { date: format.date(forecast.runsOutOn), count });
  }
  return say('forecastLasts', {
    expected: format.short(forecast.expectedTokens),
    total: format.short(quota.tokensTotal),
    reset: format.date(quota.resetDate),
  });
}

/** How sure that is; null without a forecast. */
export function useInterval({ forecast, quota }: Portal): string | null {
  const say = useBillingWords();
  const format = useFormat();
  if (!forecast) {
    return null;
  }
  const { runsOutOn, earliest, latest } = forecast;
  if (quota.tokensUsed >= quota.tokensTotal) {
    return say('forecastGone');
  }
  if (!earliest) {
    return say('forecastSafe');
  }
  const days = { earliest: format.date(earliest), latest: format.date(latest) };
  if (latest) {
    return say('forecastBetween', days);
  }
  return say(runsOutOn ? 'forecastOrLasts' : 'forecastEvenThen', days);
}
