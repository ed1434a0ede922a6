import { expect, test } from 'vitest';
import { priceEntries } from './prices';

test('each model that has a name gets an entry, its name as TOML writes it', () => {
  const models = [{ model: 'large' }, { model: null }, { model: 'a "b"' }];
  expect(priceEntries(models, '2026-11-03')).toBe(`[[prices]]
model = "large"
from = "2026-11-03"
input_per_million = "…"
output_per_million = "…"

[[prices]]
model = "a \\"b\\""
from = "2026-11-03"
input_per_million = "…"
output_per_million = "…"`);
});

test('without a name there is nothing to price', () => {
  expect(priceEntries([{ model: null }], '2026-11-03')).toBe('');
});
