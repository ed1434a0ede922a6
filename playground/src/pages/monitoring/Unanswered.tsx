import type { ReactNode } from 'react';
import { Failed } from '../../ui/states';
import type { Part } from './floor';

/** Why something is not there, or what holds its room until it comes. */
export function Unanswered({
  part,
  onRetry,
  children,
}: {
  part: Part<unknown>;
  onRetry(): void;
  children: ReactNode;
}) {
  return part.error ? <Failed error={part.error} onRetry={onRetry} /> : children;
}
