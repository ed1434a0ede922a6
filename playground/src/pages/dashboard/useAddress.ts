import { useMemo } from 'react';
import { dayOf } from '../../i18n/dates';
import { useTimeZone } from '../../shell/viewer';
import { type Change, useChosen } from '../../ui/address';
import { type View, viewOf } from './address';

export interface Address {
  params: URLSearchParams;
  view: View;
  /** Writes into the address bar; with `step` Back undoes it. */
  change(change: Change, step?: boolean): void;
}

/** What is chosen on the page, kept in the address bar. */
export function useAddress(): Address {
  const [params, choose] = useChosen();
  const today = dayOf(new Date(), useTimeZone());
  return useMemo(
    () => ({
      params,
      view: viewOf(params, today),
      change: (change, step = false) => choose(change, { replace: !step }),
    }),
    [params, choose, today],
  );
}
