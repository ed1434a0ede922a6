import { useEffect, useRef } from 'react';
import { createStore, useStore } from '../../api/store';

const KEY = 'deskpulse:shortcuts';

/** Single keys may disturb who speaks to the computer: they can be switched off (WCAG 2.1.4). */
export const areShortcutsOn = createStore(localStorage.getItem(KEY) !== 'off');

export function switchShortcuts(on: boolean): void {
  localStorage.setItem(KEY, on ? 'on' : 'off');
  areShortcutsOn.set(on);
}

/** Does what belongs to a key, unless somebody is typing. */
export function useShortcuts(actions: Record<string, (() => void) | undefined>): void {
  const isOn = useStore(areShortcutsOn);
  const present = useRef(actions);
  present.current = actions;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      const action = present.current[key];
      const isSingle = event.key.length === 1;
      if (!action || (isSingle && !isOn) || isElsewhere(event)) {
        return;
      }
      event.preventDefault();
      action();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [isOn]);
}

function isElsewhere(event: KeyboardEvent): boolean {
  const { target } = event;
  const isTyped =
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      ['SELECT', 'TEXTAREA'].includes(target.tagName) ||
      isField(target));
  const isCovered = document.querySelector('dialog[open], :popover-open') !== null;
  return (
    event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyped || isCovered
  );
}

function isField(target: HTMLElement): boolean {
  return (
    target instanceof HTMLInputElement && !['radio', 'checkbox', 'button'].includes(target.type)
  );
}
