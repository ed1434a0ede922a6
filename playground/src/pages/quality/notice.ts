import { createStore } from '../../api/store';
import type { Tone } from '../../ui/Badge';

/** What the last action came to; it is told on whichever view comes next. */
export interface Notice {
  tone: Extract<Tone, 'info' | 'warn' | 'bad'>;
  text: string;
}

export const notice = createStore<Notice | null>(null);
