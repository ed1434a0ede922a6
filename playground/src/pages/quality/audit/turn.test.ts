import { expect, test } from 'vitest';
import { turnOf } from './turn';

test('a message has its side, its text and its facts, in one order', () => {
  const data = { tokens: 320, text: 'On its way.', response_time: 850, lang: 'en', note: null };
  expect(turnOf({ name: 'message.ai', data })).toEqual({
    side: 'ai',
    text: 'On its way.',
    facts: [
      { key: 'response_time', value: 850 },
      { key: 'tokens', value: 320 },
    ],
    rest: { lang: 'en' },
  });
});

test('a name stands for the id beside it', () => {
  const data = { agent_id: 'a-1', agent_name: 'Agent 1' };
  expect(turnOf({ name: 'session.assign', data }).facts).toEqual([
    { key: 'agent_name', value: 'Agent 1' },
  ]);
});

test('an unknown event keeps all that it has', () => {
  expect(turnOf({ name: 'cart.opened', data: { items: [1] } })).toMatchObject({
    side: 'desk',
    rest: { items: [1] },
  });
  expect(turnOf({ name: 'cart.opened', data: 'x' }).rest).toEqual({ data: 'x' });
  expect(turnOf({ name: 'cart.opened', data: null })).toMatchObject({ facts: [], rest: {} });
});
