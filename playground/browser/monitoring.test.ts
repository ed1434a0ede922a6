import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  addressOf,
  type Desk,
  expectAccessible,
  expectNoSidewaysScroll,
  launchBrowser,
  openPage,
  startDesk,
  type TrackedEvent,
  type Visit,
  type VisitOptions,
} from './harness';

const WORDS = {
  en: {
    active: 'Active sessions',
    waiting: 'Waiting',
    online: 'Agents online',
    alerts: 'SLA alerts',
    load: 'System load',
    of: '2 of 3',
    serving: 'Serving',
    acknowledge: 'Acknowledge Ada',
    acknowledgedBy: 'Acknowledged by supervisor-1',
  },
  'zh-CN': {
    active: '进行中的会话',
    waiting: '排队中',
    online: '在线客服',
    alerts: 'SLA 告警',
    load: '系统负载',
    of: '2 / 3',
    serving: '服务中',
    acknowledge: '确认 Ada',
    acknowledgedBy: 'supervisor-1 已于',
  },
} as const;
/** For conditions on a busy machine. */
const PATIENCE = { timeout: 20_000 };
const LANGUAGES = ['en', 'zh-CN'] as const;

const OVERVIEW = `{ realtime {
  overview { activeSessions queueCount onlineAgents totalAgents slaAlerts systemLoad }
  channels { name onlineUsers load }
  agents { agentId status load }
  queue { waitP50Seconds serviceLevel { value } }
  alerts { sessionId acknowledgedBy }
} }`;

interface Answer {
  realtime: {
    overview: Record<string, number>;
    channels: { name: string; onlineUsers: number; load: number }[];
    agents: { agentId: string; status: string; load: string }[];
    queue: { waitP50Seconds: number; serviceLevel: { value: number } };
    alerts: { sessionId: string; acknowledgedBy: string | null }[];
  };
}

function ago(seconds: number): string {
  return new Date(Date.now() - seconds * 1000).toISOString();
}

function agent(id: string, status: string, name = id): TrackedEvent {
  return { name: 'agent.status', data: { agent_id: id, agent_name: name, status, capacity: 2 } };
}

/** A session that is in the queue since so long. */
function waiting(sessionId: string, seconds: number, customer: string): TrackedEvent[] {
  const start = { channel: 'app', visitor_id: `v-${sessionId}`, customer_name: customer };
  return [
    { name: 'session.start', sessionId, occurredAt: ago(seconds + 5), data: start },
    { name: 'session.queue', sessionId, occurredAt: ago(seconds), data: { queue: 'after-sales' } },
  ];
}

function assigned(sessionId: string, agentId: string): TrackedEvent {
  return { name: 'session.assign', sessionId, data: { agent_id: agentId } };
}

/** Three agents, one conversation in hand, one waiting for long. */
const FLOOR = () => [
  agent('agent-1', 'SERVING', '李建国'),
  agent('agent-2', 'ONLINE', '王小美'),
  agent('agent-3', 'OFFLINE', 'Agent 03'),
  ...waiting('s-1', 20, 'Bo'),
  assigned('s-1', 'agent-1'),
  ...waiting('s-2', 90, 'Ada'),
  { name: 'session.start', sessionId: 's-3', data: { channel: 'web', visitor_id: 'v-3' } },
];

let browser: Browser;
let desk: Desk;
let visit: Visit | undefined;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());
beforeEach(async () => {
  desk = await startDesk();
  await desk.track(FLOOR());
});
afterEach(async () => {
  const open = visit;
  visit = undefined;
  try {
    await open?.close();
  } finally {
    await desk?.close();
  }
});

async function open(path = '/monitoring', options: VisitOptions = {}): Promise<Page> {
  const token = options.token ?? (await desk.token('viewer', 'supervisor-1'));
  visit = await openPage(browser, desk, path, { ...options, token });
  return visit.page;
}

function figure(page: Page, label: string) {
  return page.getByRole('region', { name: label, exact: true }).locator('.figure');
}

async function expectFigure(page: Page, label: string, text: string): Promise<void> {
  await figure(page, label).getByText(text, { exact: true }).waitFor();
}

const rows = (page: Page) =>
  page.locator('[data-agent]').evaluateAll((found) => found.map((row) => row.dataset.agent));

describe.each(LANGUAGES)('the floor, in %s', (language) => {
  const words = WORDS[language];

  test('shows the figures that the API answers', async () => {
    const page = await open('/monitoring', { language });
    await expectFigure(page, words.waiting, '1');
    const { realtime } = await desk.ask<Answer>(OVERVIEW);
    const { overview, channels, agents, queue } = realtime;
    const percent = (value: number, maximumFractionDigits = 1) =>
      value.toLocaleString(language, { style: 'percent', maximumFractionDigits });
    await expectFigure(page, words.active, String(overview.activeSessions));
    await expectFigure(page, words.online, words.of);
    expect([overview.onlineAgents, overview.totalAgents]).toEqual([2, 3]);
    await expectFigure(page, words.alerts, String(overview.slaAlerts));
    await expectFigure(page, words.load, percent((overview.systemLoad ?? 0) / 100));
    const level = await page.getByTestId('service-level').textContent();
    expect(level).toBe(percent(queue.serviceLevel.value / 100));
    for (const { name, onlineUsers, load } of channels) {
      const row = page.locator('.mon-channels tr').filter({ hasText: name });
      const cells = await row.locator('td').allTextContents();
      expect([cells[0], cells[2]]).toEqual([String(onlineUsers), percent(load / 100, 0)]);
    }
    expect((await rows(page)).sort()).toEqual(agents.map(({ agentId }) => agentId));
  });

  test('changes when events come in, without being asked', async () => {
    const page = await open('/monitoring', { language });
    await expectFigure(page, words.waiting, '1');
    await desk.track(waiting('s-4', 0, 'Cleo'));
    await expectFigure(page, words.waiting, '2');
    await desk.track([assigned('s-2', 'agent-2'), assigned('s-4', 'agent-2')]);
    await expectFigure(page, words.waiting, '0');
    await expectFigure(page, words.alerts, '0');
    await desk.track([agent('agent-3', 'SERVING')]);
    await page.locator('[data-agent="agent-3"]').getByText(words.serving).waitFor();
  });

  test('has an alert acknowledged by its button, and says by whom', async () => {
    const page = await open('/monitoring', { language });
    await page.getByRole('button', { name: words.acknowledge }).click();
    await page.getByText(words.acknowledgedBy).waitFor();
    const { realtime } = await desk.ask<Answer>(OVERVIEW);
    expect(realtime.alerts).toEqual([{ sessionId: 's-2', acknowledgedBy: 'supervisor-1' }]);
  });

  test.each(['light', 'dark'] as const)('is accessible in %s', async (theme) => {
    const page = await open('/monitoring', { language, theme });
    await expectFigure(page, words.waiting, '1');
    await page.locator('details.mon-made summary').click();
    await expectAccessible(page);
    await page.goto(`${desk.url}/monitoring?wall=${theme}`);
    await expectFigure(page, words.waiting, '1');
    await expectAccessible(page);
  });

  test('does not scroll sideways on 360 px', async () => {
    const page = await open('/monitoring', { language, width: 360, height: 740 });
    await expectFigure(page, words.waiting, '1');
    await expectNoSidewaysScroll(page);
  });
});

describe('the floor', () => {
  test('counts waits and times on between answers', async () => {
    const page = await open();
    const wait = page.locator('[data-session="s-2"] .mon-alert-wait');
    const seconds = async () => {
      const [, minutes = '0', rest = '0'] =
        /(?:(\d+) min)? ?(?:(\d+) s)?/.exec((await wait.textContent()) ?? '') ?? [];
      return Number(minutes) * 60 + Number(rest);
    };
    const before = await seconds();
    expect(before).toBeGreaterThanOrEqual(90);
    await expect.poll(seconds, PATIENCE).toBeGreaterThan(before + 1);
  });

  test('has alerts acknowledged by the keyboard, one after another', async () => {
    await desk.track(waiting('s-5', 60, 'Dora'));
    const page = await open();
    await page.getByRole('button', { name: 'Acknowledge Dora' }).waitFor();
    await page.keyboard.press('a');
    await page.locator('[data-session="s-2"]').getByText('Acknowledged by').waitFor();
    const next = page.getByRole('button', { name: 'Acknowledge Dora' });
    await next.focus();
    await page.keyboard.press('Enter');
    await page.locator('[data-session="s-5"]').getByText('Acknowledged by').waitFor();
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.className), PATIENCE)
      .toContain('mon-alert-list');
  });

  test('does nothing by single keys once they are switched off', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Keys' }).click();
    await page.getByLabel('Single keys do these').uncheck();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await page.keyboard.press('a');
    await page.keyboard.press('f');
    await page.getByRole('navigation').waitFor();
    const { realtime } = await desk.ask<Answer>(OVERVIEW);
    expect(realtime.alerts[0]?.acknowledgedBy).toBeNull();
  });

  test('filters and sorts agents, and finds them so again after a reload', async () => {
    const page = await open();
    await page.getByRole('button', { name: /^Agent/ }).click();
    await expect
      .poll(async () => (await addressOf(page)).href, PATIENCE)
      .toContain('/monitoring?sort=name');
    await page.getByRole('button', { name: /^Agent/ }).click();
    await expect.poll(() => rows(page), PATIENCE).toEqual(['agent-2', 'agent-1', 'agent-3']);
    await page.reload();
    await expect.poll(() => rows(page), PATIENCE).toEqual(['agent-2', 'agent-1', 'agent-3']);
    await page.getByText('Online 1').click();
    await expect.poll(() => rows(page), PATIENCE).toEqual(['agent-2']);
    await page.getByText('All 3').click();
    await page.keyboard.press('/');
    await page.keyboard.type('agent-1');
    await expect.poll(() => rows(page), PATIENCE).toEqual(['agent-1']);
    await page.getByLabel('Name or id').fill('nobody');
    await page.getByRole('button', { name: 'Show all agents' }).click();
    await expect.poll(() => rows(page), PATIENCE).toHaveLength(3);
  });

  test('lists who waits behind the figure', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Who waits now' }).click();
    const drawer = page.getByRole('dialog', { name: 'Who waits now' });
    await drawer.locator('[data-session="s-2"]').getByText('Ada').waitFor();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await drawer.waitFor({ state: 'detached' });
    expect((await addressOf(page)).href).toBe(`${desk.url}/monitoring`);
  });

  test('leads from a tile to its query in the playground', async () => {
    const page = await open();
    const tile = page.getByRole('region', { name: 'Waiting', exact: true });
    const address = await tile.getByRole('link').getAttribute('href');
    expect(address).toBe('/playground/#operation=LiveOverview');
  });
});

describe('the wall', () => {
  test('opens and closes by keys, alone on a dark screen', async () => {
    const page = await open();
    await expectFigure(page, 'Waiting', '1');
    const light = await groundOf(page);
    await page.keyboard.press('f');
    await page.getByRole('navigation').waitFor({ state: 'hidden' });
    await expect.poll(async () => (await addressOf(page)).href, PATIENCE).toContain('?wall=1');
    expect(await groundOf(page)).not.toBe(light);
    await page.keyboard.press('Escape');
    await page.getByRole('navigation').waitFor();
    expect((await addressOf(page)).href).toBe(`${desk.url}/monitoring`);
    expect(await groundOf(page)).toBe(light);
  });

  test('shows the same figures big, from its address as well', async () => {
    const page = await open('/monitoring?wall=1', { width: 1920, height: 1080 });
    await expectFigure(page, 'Waiting', '1');
    await page.getByText('Ada').waitFor();
    const size = await figure(page, 'Waiting').evaluate((it) => getComputedStyle(it).fontSize);
    expect(Number.parseFloat(size)).toBeGreaterThan(80);
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    expect(height, 'without scrolling').toBeLessThanOrEqual(1080);
    await desk.track(waiting('s-6', 0, 'Eve'));
    await expectFigure(page, 'Waiting', '2');
  });
});

const groundOf = (page: Page) =>
  page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);

describe('what is not fresh', () => {
  test('is said while the service is away, and not any more once it is back', async () => {
    const page = await open();
    visit?.expectErrors(/ERR_|WebSocket|Failed to load/);
    await expectFigure(page, 'Waiting', '1');
    await desk.stop();
    await page.getByTestId('silence').waitFor();
    await expectFigure(page, 'Waiting', '1');
    await desk.restart();
    await page.getByTestId('silence').waitFor({ state: 'detached' });
    await page.getByTestId('freshness').getByText('Live').waitFor();
    await desk.track(waiting('s-7', 0, 'Fay'));
    await expectFigure(page, 'Waiting', '2');
  });

  test('is said with its age while answers stay out', async () => {
    const page = await open();
    await expectFigure(page, 'Waiting', '1');
    await page.route('**/graphql', () => undefined);
    await page.getByTestId('stale').getByText('Nothing has come for 1').waitFor();
    await page.getByTestId('freshness').getByText('Out of date').waitFor();
    await expectAccessible(page);
  });

  test('is said of the queue alone while the rest is live', async () => {
    const page = await open();
    await expectFigure(page, 'Waiting', '1');
    await page.route('**/graphql', () => undefined);
    let sessions = 0;
    const start = () =>
      desk.track([{ name: 'session.start', sessionId: `more-${sessions++}`, data: {} }]);
    const busy = setInterval(start, 2000);
    try {
      await page.getByTestId('queueStale').waitFor();
    } finally {
      clearInterval(busy);
    }
    await page.getByTestId('freshness').getByText('Live').waitFor();
  });

  test('is asked for while live changes do not come through', async () => {
    const page = await open();
    await page.routeWebSocket(/graphql\/ws/, (socket) => socket.close());
    await page.reload();
    await page.getByTestId('polled').waitFor();
    await expectFigure(page, 'Waiting', '1');
    await desk.track(waiting('s-8', 0, 'Gil'));
    await expectFigure(page, 'Waiting', '2');
    await expectAccessible(page);
  });

  test('is said of a service that is degraded', async () => {
    const page = await open();
    await page.routeWebSocket(/graphql\/ws/, (socket) => {
      const server = socket.connectToServer();
      server.onMessage((message) =>
        socket.send(String(message).replace('"degraded":false', '"degraded":true')),
      );
    });
    await page.route('**/graphql', async (route) => {
      const response = await route.fetch();
      const body = (await response.text()).replace('"degraded":false', '"degraded":true');
      await route.fulfill({ response, body });
    });
    await page.reload();
    await page.getByTestId('degraded').getByText('does not hear of changes').waitFor();
    await page.unrouteAll({ behavior: 'wait' });
  });
});

describe('who may see less', () => {
  test('an agent sees its own row, and nothing of others', async () => {
    const token = await desk.token('agent', 'agent-1');
    const page = await open('/monitoring', { token });
    await page.getByText('李建国').waitFor();
    await page.getByText('Serving').waitFor();
    expect(await page.getByText('王小美').count()).toBe(0);
    await expectAccessible(page);
    await desk.track([agent('agent-1', 'AWAY', '李建国')]);
    await page.getByText('Away').waitFor();
  });

  test('an agent of whom nothing is known is told what would fill the page', async () => {
    const token = await desk.token('agent', 'agent-9');
    const page = await open('/monitoring', { token, language: 'zh-CN' });
    await page.getByText('系统中还没有您的状态').waitFor();
  });

  test('a product is told that it may not see the floor', async () => {
    const page = await open('/monitoring', { token: await desk.token('ingest') });
    await page.getByText('You may not see this.').waitFor();
    await expectAccessible(page);
  });
});

test('an empty floor says what would fill it', async () => {
  await desk.close();
  desk = await startDesk();
  await desk.track([{ name: 'page.view', data: {} }]);
  const page = await open('/monitoring', { language: 'en' });
  await page.getByText('No agent is known').waitFor();
  await page.getByText('Nobody waits too long').waitFor();
  await expectFigure(page, 'System load', '–');
  await expectAccessible(page);
});
