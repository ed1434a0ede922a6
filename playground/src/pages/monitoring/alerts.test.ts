import { expect, test } from 'vitest';
import { type Alert, countNew, countOpen, ordered } from './alerts';

function alert(sessionId: string, minute: number, acknowledgedBy: string | null = null): Alert {
  const waitingSince = `2025-12-25T06:${String(minute).padStart(2, '0')}:00Z`;
  const times = { waitingSince, openedAt: waitingSince, acknowledgedAt: null, waitSeconds: 0 };
  return { sessionId, acknowledgedBy, queue: null, channel: null, customerName: null, ...times };
}

test('alerts that nobody acknowledged come first, the longest wait before the others', () => {
  const alerts = [alert('a', 1, 'li'), alert('b', 9), alert('c', 3), alert('d', 2, 'li')];
  expect(ordered(alerts).map(({ sessionId }) => sessionId)).toEqual(['c', 'b', 'a', 'd']);
  expect(countOpen(alerts)).toBe(2);
});

test('an alert is new when its session had none before', () => {
  expect(countNew([alert('a', 1)], [alert('a', 1, 'li'), alert('b', 2)])).toBe(1);
});
