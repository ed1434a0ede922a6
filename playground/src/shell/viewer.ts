import { createContext, useContext } from 'react';
import type { ViewerQuery } from '../gql/operations';
import { useShellWords } from './words';

export type Viewer = ViewerQuery['viewer'];

const ViewerContext = createContext<Viewer | undefined>(undefined);
export const ViewerProvider = ViewerContext.Provider;

/** Who looks at the pages. */
export function useViewer(): Viewer {
  const viewer = useContext(ViewerContext);
  if (!viewer) {
    throw new Error('there is a viewer within the pages only');
  }
  return viewer;
}

/** The zone that all times are shown in: the tenant's. */
export function useTimeZone(): string {
  return useContext(ViewerContext)?.timeZone ?? 'UTC';
}

/** Whether the viewer has a right for everything of the tenant. */
export function useMay(right: Viewer['rights'][number]): boolean {
  return useViewer().rights.includes(right);
}

/** The viewer's role as people call it. */
export function useRoleName(): string {
  const say = useShellWords();
  const role = useContext(ViewerContext)?.role;
  return role ? say(`role${role}`) : '';
}
