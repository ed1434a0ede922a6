import { expect, test, vi } from 'vitest';
import { linkedBy } from './link';

vi.mock('../ui/words', () => ({}));
const { playgroundAddress } = await import('../ui/QueryLink');
const now = new Date('2026-11-29T12:00:00Z');

test('a tile leads to its operation with the variables it was asked with', () => {
  const variables = { days: 3, from: '2026-11-01', to: '2026-11-03', odd: 'a&b=#c 中' };
  const address = playgroundAddress({ operation: { name: 'BillingMonth' }, variables });
  const linked = linkedBy(new URL(address, 'http://127.0.0.1').hash, now);
  expect(linked?.name).toBe('BillingMonth');
  expect(linked?.query).toContain('query BillingMonth');
  expect(JSON.parse(linked?.variables ?? '')).toEqual(variables);
});

test.each(['', '&variables=', '&variables=nonsense', '&variables=[1]', '&variables=null'])(
  'with %s the saved variables are filled in',
  (variables) => {
    const linked = linkedBy(`#operation=BillingUntil${variables}`, now);
    expect(JSON.parse(linked?.variables ?? '')).toMatchObject({ days: 7 });
    expect(linked?.variables).not.toContain('{today');
  },
);

test.each(['', '#', '#operation=', '#operation=Nowhere', '#section'])(
  '%s links to nothing',
  (hash) => {
    expect(linkedBy(hash, now)).toBeUndefined();
  },
);
