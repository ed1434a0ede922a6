import { useFormat } from '../../../i18n/format';
import { useNow } from '../../../shell/SilenceBanner';
import { Tile } from '../../../ui/Tile';
import { useQualityWords } from '../words';
import type { TileProps } from './Figures';

const MINUTE_MS = 60_000;

/** How many audits wait for a person, and for how long. */
export function PendingTile({ quality: { pending }, source }: TileProps) {
  const say = useQualityWords();
  const format = useFormat();
  const note =
    pending.oldestAt === null ? (
      say('nonePending')
    ) : (
      <>
        <Ages ages={pending.ages} />
        <Oldest at={pending.oldestAt} />
        <p>
          {say('claimedCount', { count: pending.claimed, shown: format.count(pending.claimed) })}
        </p>
      </>
    );
  return (
    <Tile label={say('pending')} figure={format.count(pending.total)} note={note} source={source} />
  );
}

function Oldest({ at }: { at: string }) {
  const say = useQualityWords();
  const format = useFormat();
  const minutes = Math.max(Math.floor((useNow(MINUTE_MS) - Date.parse(at)) / MINUTE_MS), 0);
  return (
    <p title={format.instant(at)}>
      {say('oldest', { time: minutes > 0 ? format.duration(minutes * 60) : say('underMinute') })}
    </p>
  );
}

/** How many have waited for how long, as columns with their figures. */
function Ages({ ages }: { ages: TileProps['quality']['pending']['ages'] }) {
  const say = useQualityWords();
  const format = useFormat();
  const most = Math.max(...ages.map(({ count }) => count), 1);
  return (
    <ul className="ages" aria-label={say('ages')}>
      {ages.map(({ underHours, count }, index) => (
        <li key={underHours ?? 'more'}>
          <span className="column" aria-hidden="true">
            <i style={{ height: `${(count / most) * 100}%` }} />
          </span>
          <strong>{format.count(count)}</strong>
          <span>
            {underHours === null
              ? say('overHours', {
                  time: format.duration((ages[index - 1]?.underHours ?? 0) * 3600),
                })
              : say('underHours', { time: format.duration(underHours * 3600) })}
          </span>
        </li>
      ))}
    </ul>
  );
}
