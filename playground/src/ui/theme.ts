import { createStore } from '../api/store';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'deskpulse:theme';
const stored = localStorage.getItem(KEY);

export const theme = createStore<Theme>(THEMES.find((name) => name === stored) ?? 'system');
document.documentElement.dataset.theme = theme.get();

export function chooseTheme(next: Theme): void {
  localStorage.setItem(KEY, next);
  document.documentElement.dataset.theme = next;
  theme.set(next);
}

/** The present colour of a custom property, as a canvas takes it. */
export function colourOf(property: string, element: Element = document.documentElement): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${property})`;
  probe.hidden = true;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
