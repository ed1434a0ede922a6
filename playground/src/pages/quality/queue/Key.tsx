import { useStore } from '../../../api/store';
import { shortcuts } from './keys';

/** The key that does the same, where single keys are switched on. */
export function Key({ name }: { name: string }) {
  return useStore(shortcuts) ? (
    <span className="kbd" aria-hidden="true">
      {name}
    </span>
  ) : null;
}
