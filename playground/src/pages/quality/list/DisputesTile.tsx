import { useFormat } from '../../../i18n/format';
import { Tile } from '../../../ui/Tile';
import { disputesOf } from '../overturns';
import { useQualityWords } from '../words';
import type { Quality, TileProps } from './Figures';

/** Results that agents object to, and how often they were right. */
export function DisputesTile({ quality: { overturns }, source }: TileProps) {
  const say = useQualityWords();
  const format = useFormat();
  const { open, overturned, rejected, rate } = disputesOf(overturns);
  const note =
    overturns.length === 0 ? (
      say('noDisputes')
    ) : (
      <>
        <p>
          {say('ruled', {
            overturned: format.count(overturned),
            ruled: format.count(overturned + rejected),
            rate: format.percent(rate),
          })}
        </p>
        <details>
          <summary>{say('byScorer')}</summary>
          <Scorers overturns={overturns} />
        </details>
      </>
    );
  return (
    <Tile label={say('openDisputes')} figure={format.count(open)} note={note} source={source} />
  );
}

function Scorers({ overturns }: Pick<Quality, 'overturns'>) {
  const say = useQualityWords();
  const format = useFormat();
  return (
    <div className="table-frame">
      <table>
        <thead>
          <tr>
            <th scope="col">{say('scoredBy')}</th>
            <th scope="col" className="number">
              {say('open')}
            </th>
            <th scope="col" className="number">
              {say('overturned')}
            </th>
            <th scope="col" className="number">
              {say('REJECTED')}
            </th>
          </tr>
        </thead>
        <tbody>
          {overturns.map((scorer) => (
            <tr key={scorer.scoredBy}>
              <th scope="row">{scorer.scoredBy}</th>
              <td className="number">{format.count(scorer.open)}</td>
              <td className="number">{format.count(scorer.accepted + scorer.partlyAccepted)}</td>
              <td className="number">{format.count(scorer.rejected)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
