import { expect, test, vi } from 'vitest';

vi.mock('./answers', () => ({ unknown: () => undefined }));
vi.mock('./credential', () => ({ authorization: () => undefined }));
const { exportAddress } = await import('./download');

test('a list is a parameter that is there once for each value', () => {
  const address = exportAddress('/export/metrics.csv', {
    ids: ['total_sessions', 'avg_rating'],
    from: '2026-03-01',
    products: undefined,
    channels: [],
  });
  expect(address).toBe('/export/metrics.csv?ids=total_sessions&ids=avg_rating&from=2026-03-01');
});

test('a plus in an instant is written so that it stays one', () => {
  expect(exportAddress('/export/sessions.csv', { from: '2026-03-01T00:00:00+08:00' })).toContain(
    'from=2026-03-01T00%3A00%3A00%2B08%3A00',
  );
});
