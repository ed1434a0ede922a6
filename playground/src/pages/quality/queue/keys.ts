import { useEffect, useRef } from 'react';
import { createStore, useStore } from '../../../api/store';

const KEY = 'deskpulse:shortcuts';

/** Whether single letters do something; whoever speaks to the computer switches them off. */
export const shortcuts = createStore(localStorage.getItem(KEY) !== 'off');

export function switchShortcuts(isOn: boolean): void {
  localStorage.setItem(KEY, isOn ? 'on' : 'off');
  shortcuts.set(isOn);
}

/** Does something for each key; says false where it was not for it after all. */
export type Bindings = Record<string, (event: KeyboardEvent) => unknown>;

/** Listens to single keys outside of fields and dialogs while the component is shown. */
export function useKeys(bindings: Bindings): void {
  const isOn = useStore(shortcuts);
  const present = useRef(bindings);
  present.current = bindings;
  useEffect(() => {
    if (!isOn) {
      return;
    }
    const listen = (event: KeyboardEvent) => {
      const act = isForShortcuts(event) ? present.current[keyOf(event)] : undefined;
      if (act && act(event) !== false) {
        event.preventDefault();
      }
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, [isOn]);
}

export function keyOf({ key }: Pick<KeyboardEvent, 'key'>): string {
  return key.length === 1 ? key.toLowerCase() : key;
}

const FIELDS = 'input, textarea, select, [contenteditable], dialog, [popover]';

function isForShortcuts(event: KeyboardEvent): boolean {
  const { target } = event;
  const isElsewhere = event.ctrlKey || event.metaKey || event.altKey || event.isComposing;
  return !(isElsewhere || event.defaultPrevented || (target as Element).closest?.(FIELDS));
}
