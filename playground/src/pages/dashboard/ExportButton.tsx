import type { Parameters } from '../../api/download';
import { DownloadButton } from '../../ui/DownloadButton';
import { filterOf, type View } from './address';
import { useDashboardWords } from './words';

interface Props {
  /** What is saved. */
  label: string;
  view: Pick<View, 'from' | 'to' | 'product' | 'channel'>;
  /** Beside the days and what is chosen. */
  parameters: Parameters;
}

/** Saves figures of the page as a file. */
export function ExportButton({ label, view, parameters }: Props) {
  const say = useDashboardWords();
  const { products, channels } = filterOf(view);
  const given = {
    from: view.from,
    to: view.to,
    products: products?.map(orEmpty),
    channels: channels?.map(orEmpty),
    ...parameters,
  };
  const name = `deskpulse-figures-${view.from}-${view.to}.csv`;
  return (
    <DownloadButton path="/export/metrics.csv" parameters={given} name={name} label={label}>
      {say('export')}
    </DownloadButton>
  );
}

/** As exports name rows that have no value. */
function orEmpty(value: string | null): string {
  return value ?? '';
}
