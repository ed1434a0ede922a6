import { describe, expect, test } from 'vitest';
import { type Agent, countByStatus, filtered, sorted } from './agents';

function agent(agentId: string, status: Agent['status'], rest: Partial<Agent> = {}): Agent {
  return {
    agentId,
    name: agentId,
    status,
    durationSeconds: 0,
    duration: '0m',
    load: 'LOW',
    ...rest,
  };
}

const agents = [
  agent('a-1', 'OFFLINE', { name: 'Ming', durationSeconds: 10 }),
  agent('a-2', 'SERVING', { name: 'Ada', durationSeconds: 70, load: 'HIGH' }),
  agent('a-10', 'SERVING', { name: 'Bo', durationSeconds: 5, load: 'MEDIUM' }),
  agent('a-3', 'ONLINE', { name: '李', durationSeconds: 40 }),
];
const ids = (some: readonly Agent[]) => some.map(({ agentId }) => agentId);

describe('the filter of agents', () => {
  test.each([
    [null, '', ['a-1', 'a-2', 'a-10', 'a-3']],
    ['SERVING', '', ['a-2', 'a-10']],
    [null, ' mIN', ['a-1']],
    [null, 'a-1', ['a-1', 'a-10']],
    ['SERVING', '李', []],
  ] as const)('by %s and "%s" leaves %j', (status, name, left) => {
    expect(ids(filtered(agents, { status, name }))).toEqual(left);
  });
});

describe('the order of agents', () => {
  test.each([
    ['name', false, ['a-2', 'a-10', 'a-1', 'a-3']],
    ['status', false, ['a-2', 'a-10', 'a-3', 'a-1']],
    ['status', true, ['a-1', 'a-3', 'a-2', 'a-10']],
    ['time', true, ['a-2', 'a-3', 'a-1', 'a-10']],
    ['load', true, ['a-2', 'a-10', 'a-1', 'a-3']],
  ] as const)('by %s, descending %s', (column, descending, order) => {
    expect(ids(sorted(agents, { column, descending }, 'en'))).toEqual(order);
  });
});

test('agents are counted by status', () => {
  expect(countByStatus(agents)).toEqual({ SERVING: 2, ONLINE: 1, AWAY: 0, OFFLINE: 1 });
});
