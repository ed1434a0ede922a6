import { useViewer, type Viewer } from '../../shell/viewer';

/** Whether the viewer has a right for everything, or at least for what is its own. */
export function useMayOwn(right: Viewer['rights'][number]): boolean {
  const { rights, ownRights } = useViewer();
  return rights.includes(right) || ownRights.includes(right);
}
