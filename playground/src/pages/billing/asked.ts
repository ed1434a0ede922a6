import { useEffect, useState } from 'react';
import { useAnswer } from '../../api/answers';
import {
  BillingMonth,
  type BillingMonthQuery,
  BillingPortal,
  type BillingPortalQuery,
} from '../../gql/operations';
import { type Day, dayOf } from '../../i18n/dates';
import { useTimeZone } from '../../shell/viewer';
import { useChosen } from '../../ui/address';
import { chosenMonth, daysOf } from './month';

export type Portal = BillingPortalQuery['billing'];
export type Books = BillingMonthQuery['billing'];
export type BooksDay = Books['daily'][number];
export type BooksModel = Books['models'][number];

/** How often the books are read again: nothing tells of a call that was recorded. */
const EVERY_MS = 10_000;
/** As many days as the longest period has. */
const PERIOD = { days: 31 };

export const PORTAL_SOURCE = { operation: BillingPortal, variables: PERIOD };

export function usePortal() {
  return useAnswer(BillingPortal, PERIOD, { everyMs: EVERY_MS });
}

/** The present day of the tenant. */
export function useToday(): Day {
  const timeZone = useTimeZone();
  const [today, setToday] = useState(() => dayOf(new Date(), timeZone));
  useEffect(() => {
    const look = () => setToday(dayOf(new Date(), timeZone));
    look();
    const timer = setInterval(look, EVERY_MS);
    return () => clearInterval(timer);
  }, [timeZone]);
  return today;
}

/** The month that is chosen in the address, with the variables of its books. */
export function useMonth() {
  const today = useToday();
  const [params] = useChosen();
  const month = chosenMonth(params.get('month'), today);
  const variables = daysOf(month, today);
  return { today, month, variables, source: { operation: BillingMonth, variables } };
}

/** The books of a month; those that may still grow are read again. */
export function useBooks({ today, variables }: ReturnType<typeof useMonth>) {
  const isPresent = variables.to === today;
  return useAnswer(BillingMonth, variables, isPresent ? { everyMs: EVERY_MS } : {});
}
