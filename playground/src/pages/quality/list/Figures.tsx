import type { QualityAuditQuery } from '../../../gql/operations';
import type { Source } from '../../../ui/QueryLink';
import { AgreementTile } from './AgreementTile';
import { DisputesTile } from './DisputesTile';
import { PassRateTile } from './PassRateTile';
import { PendingTile } from './PendingTile';

export type Quality = QualityAuditQuery['quality'];
export interface TileProps {
  quality: Quality;
  source: Source;
}

/** Quality in four figures, of all time. */
export function Figures(props: TileProps) {
  return (
    <div className="grid quality-figures">
      <PassRateTile {...props} />
      <PendingTile {...props} />
      <AgreementTile {...props} />
      <DisputesTile {...props} />
    </div>
  );
}
