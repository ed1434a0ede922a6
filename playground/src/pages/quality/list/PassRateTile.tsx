import { useFormat } from '../../../i18n/format';
import { Tile } from '../../../ui/Tile';
import { useQualityWords } from '../words';
import type { TileProps } from './Figures';
import { Interval } from './Interval';

/** How many audits passed, and how sure that is. */
export function PassRateTile({ quality: { summary }, source }: TileProps) {
  const say = useQualityWords();
  const format = useFormat();
  const { passRate, passed, decided, passRateInterval: interval } = summary;
  const bounds = interval && {
    low: format.percent(interval.low),
    high: format.percent(interval.high),
  };
  const note =
    passRate === null || !bounds ? (
      say('noneDecided')
    ) : (
      <>
        <Interval value={passRate} {...interval} label={say('interval', bounds)} />
        <p>{say('interval', bounds)}</p>
        <p>{say('passedOf', { passed: format.count(passed), decided: format.count(decided) })}</p>
      </>
    );
  return (
    <Tile label={say('passRate')} figure={format.percent(passRate)} note={note} source={source} />
  );
}
