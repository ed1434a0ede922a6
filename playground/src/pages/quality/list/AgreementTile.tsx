import { useFormat } from '../../../i18n/format';
import { Meter } from '../../../ui/Meter';
import { Tile } from '../../../ui/Tile';
import { useQualityWords } from '../words';
import type { TileProps } from './Figures';

/** Whether the machine judges as people do. */
export function AgreementTile({ quality: { agreement }, source }: TileProps) {
  const say = useQualityWords();
  const format = useFormat();
  const { pairs, withinTen, rate, kappa } = agreement;
  const note =
    rate === null ? (
      say('noPairs')
    ) : (
      <>
        <Meter label={say('agreement')} percent={rate} />
        <p>{say('withinTen', { within: format.count(withinTen), pairs: format.count(pairs) })}</p>
        {kappa !== null && <p>{say('kappa', { kappa: format.decimal(kappa) })}</p>}
        {kappa !== null && <p>{say('kappaHint')}</p>}
      </>
    );
  return (
    <Tile label={say('agreement')} figure={format.percent(rate)} note={note} source={source} />
  );
}
