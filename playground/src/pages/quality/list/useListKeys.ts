import type { RefObject } from 'react';
import { useKeys } from '../queue/keys';
import { useClaim } from '../queue/useClaim';
import type { Row } from '../useAudits';

/** J and K, or the arrows within the list, go through the audits; C claims the one in focus or gives it back. */
export function useListKeys(list: RefObject<HTMLElement | null>, rows: readonly Row[]): void {
  const { claimOrRelease } = useClaim();
  const links = () => [...(list.current?.querySelectorAll<HTMLElement>('[data-audit]') ?? [])];
  const present = () => {
    const row = document.activeElement?.closest('tr, li');
    return links().findIndex((link) => row?.contains(link) && list.current?.contains(row));
  };
  const step = (by: number) => {
    const at = present();
    const next = links()[at < 0 ? (by > 0 ? 0 : -1) : at + by];
    next?.focus();
    return next !== undefined;
  };
  const isInList = () => present() >= 0;
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    ArrowDown: () => isInList() && step(1),
    ArrowUp: () => isInList() && step(-1),
    c: () => {
      const id = links()[present()]?.dataset.audit;
      const row = rows.find((one) => one.id === id);
      return row !== undefined && claimOrRelease(row);
    },
  });
}
