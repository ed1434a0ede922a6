import { useFormat } from '../../i18n/format';
import { grown, useSecond } from './clock';

/** Seconds that the service told at some moment, counting on since. */
export function Elapsed({ seconds, at }: { seconds: number; at: number }) {
  const format = useFormat();
  return <>{format.duration(grown(seconds, at, useSecond()))}</>;
}
