import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  addressOf,
  type Desk,
  expectAccessible,
  expectNoSidewaysScroll,
  launchBrowser,
  openPage,
  startDesk,
  type TrackedEvent,
  type VisitOptions,
} from './harness';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** How long something may take on a busy machine. */
const SOON = { timeout: 20_000 };
const LANGUAGES = ['en', 'zh-CN'] as const;

let browser: Browser;
let desk: Desk;
let viewer: string;
beforeAll(async () => {
  browser = await launchBrowser();
  desk = await startDesk();
  viewer = await desk.token('viewer');
  // Today, yesterday, and a week of days before.
  for (let ago = 0; ago < 8; ago += 1) {
    const at = Date.now() - ago * DAY;
    await desk.track(Array.from({ length: 6 }, (_, index) => conversation(at, ago, index)).flat());
  }
  await desk.ask(
    `mutation { createAudit(input: {
      sessionId: "s-0-1", agentId: "agent-1", score: 90, auditType: AUTO }) { id } }`,
  );
});
afterAll(async () => {
  await browser?.close();
  await desk?.close();
});

/** Half of them settled by the AI, the others by a person; one in three rated. */
function conversation(endedAt: number, ago: number, index: number): TrackedEvent[] {
  const sessionId = `s-${ago}-${index}`;
  const isByAi = index % 2 === 0;
  const event = (name: string, before: number, data = {}): TrackedEvent => ({
    name,
    sessionId,
    product: index < 4 ? 'ai_chatbot' : 'hotline',
    occurredAt: new Date(endedAt - before).toISOString(),
    data,
  });
  return [
    event('session.start', 9000, { channel: index < 3 ? 'app' : 'web' }),
    event('message.ai', 8000, { response_time: 1200 + 100 * index }),
    ...(isByAi
      ? []
      : [
          event('session.transfer', 7000),
          event('session.queue', 6500, { queue: 'general' }),
          event('session.assign', 6000, { agent_id: 'agent-1', agent_name: 'Agent 01' }),
          event('message.agent', 5000, { response_time: 20_000, agent_id: 'agent-1' }),
        ]),
    event('session.end', 1000, { by: isByAi ? 'ai' : 'agent', resolved: true }),
    ...(index % 3 === 0 ? [event('rating.submit', 500, { score: 5 - (ago % 4) })] : []),
  ];
}

function open(address = '', options: VisitOptions = {}) {
  return openPage(browser, desk, `/dashboard${address}`, { token: viewer, ...options });
}

async function settle(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).waitFor();
  await expect.poll(() => page.locator('.skeleton').count(), SOON).toBe(0);
}

/** A figure as it is shown, without the way to its explanation. */
async function shown(page: Page, id: string): Promise<string> {
  return page.getByTestId(id).locator('.explained > span').first().innerText();
}

function day(before = 0): string {
  const at = new Date(Date.now() - before * DAY);
  return new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai' }).format(at);
}

interface Total {
  value: number;
  previous: number | null;
}

/** Figures as the API has them. */
async function totals(ids: string[], from: string, to: string): Promise<Record<string, Total>> {
  type Answer = { metrics: { series: { metric: { id: string }; total: Total }[] } };
  const { metrics } = await desk.ask<Answer>(
    `query($ids: [String!]!, $from: Date!, $to: Date!) { metrics(ids: $ids, from: $from, to: $to, compare: true) {
      series { metric { id } total { value previous } } } }`,
    { ids, from, to },
    viewer,
  );
  return Object.fromEntries(metrics.series.map(({ metric, total }) => [metric.id, total]));
}

const percent = (language: string, value: number | undefined) =>
  new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 }).format(
    (value ?? Number.NaN) / 100,
  );

describe.each(LANGUAGES)('the Dashboard in %s', (language) => {
  test('shows the figures that the API has, of today and of the period', async () => {
    const visit = await open('', { language });
    const { page } = visit;
    await settle(page);
    const rates = ['auto_resolve_rate', 'satisfaction_rate'];
    const today = await totals(['total_sessions', 'abandoned', ...rates], day(), day());
    for (const id of ['total_sessions', 'abandoned']) {
      expect(await shown(page, `today-${id}`), id).toBe(String(today[id]?.value));
    }
    for (const id of rates) {
      expect(await shown(page, `today-${id}`), id).toBe(percent(language, today[id]?.value));
    }
    const week = await totals(rates, day(6), day());
    expect(await shown(page, 'auto-resolve')).toBe(
      percent(language, week.auto_resolve_rate?.value),
    );
    expect(await shown(page, 'satisfaction')).toBe(
      percent(language, week.satisfaction_rate?.value),
    );
    await visit.close();
  });

  test("names the grade of the audits in the reader's language", async () => {
    const visit = await open('', { language });
    await expect
      .poll(() => visit.page.getByTestId('today-quality').innerText(), SOON)
      .toContain(language === 'en' ? 'Good' : '良好');
    await visit.close();
  });

  test('shows the shares of ratings that the API has', async () => {
    type Answer = { stats: { satisfaction: { distribution: { value: number }[] } } };
    const { stats } = await desk.ask<Answer>(
      '{ stats { satisfaction(days: 7) { distribution { value } } } }',
      {},
      viewer,
    );
    const visit = await open('', { language });
    await settle(visit.page);
    const parts = await visit.page.locator('.donut li strong').allInnerTexts();
    expect(parts.map((part) => part.split(' ')[0])).toEqual(
      stats.satisfaction.distribution.map(({ value }) => percent(language, value)),
    );
    await visit.close();
  });

  test.each(['light', 'dark'] as const)('has nothing that axe finds, in %s', async (theme) => {
    const visit = await open('', { language, theme });
    await settle(visit.page);
    await expectAccessible(visit.page);
    await visit.close();
    const explained = await open('?explain=satisfaction_rate', { language, theme });
    await explained.page.getByTestId('explained').waitFor();
    await expectAccessible(explained.page);
    await explained.close();
  });

  test('does not scroll sideways on a screen 360 pixels wide', async () => {
    const visit = await open('?period=today', { language, width: 360, height: 740 });
    await settle(visit.page);
    await expectNoSidewaysScroll(visit.page);
    await visit.close();
  });
});

describe('a number', () => {
  test('is counted up while the page is open', async () => {
    const visit = await open();
    const { page } = visit;
    await settle(page);
    const before = Number(await shown(page, 'today-total_sessions'));
    await desk.track([
      { name: 'session.start', sessionId: `live-${Date.now()}`, data: { channel: 'app' } },
    ]);
    await expect
      .poll(async () => Number(await shown(page, 'today-total_sessions')), SOON)
      .toBe(before + 1);
    await visit.close();
  });

  test('opens by the keyboard what it is made of, and gives the focus back', async () => {
    const visit = await open();
    const { page } = visit;
    await settle(page);
    const figure = page.getByTestId('auto-resolve').getByRole('button');
    await figure.focus();
    await page.keyboard.press('Enter');
    const drawer = page.getByRole('dialog', { name: 'Resolved by AI alone' });
    await drawer.getByTestId('explained').waitFor();
    const { explain } = await desk.ask<{
      explain: { numerator: number; denominator: number; rowCount: number };
    }>(
      'query($from: Date!, $to: Date!) { explain(metric: "auto_resolve_rate", from: $from, to: $to) { numerator denominator rowCount } }',
      { from: day(6), to: day() },
      viewer,
    );
    const formula = `100 × (${explain.numerator}) ÷ (${explain.denominator})`;
    expect(await drawer.locator('.formula').last().innerText()).toContain(formula);
    expect(await drawer.getByTestId('rows-counted').innerText()).toBe(String(explain.rowCount));
    expect((await addressOf(page)).searchParams.get('explain')).toBe('auto_resolve_rate');
    await page.keyboard.press('Escape');
    await expect.poll(() => drawer.count(), SOON).toBe(0);
    expect((await addressOf(page)).searchParams.has('explain')).toBe(false);
    expect(await figure.evaluate((element) => element === document.activeElement)).toBe(true);
    await visit.close();
  });

  test('lists all its rows, a page at a time', async () => {
    const visit = await open('?explain=total_sessions');
    const { page } = visit;
    const ids = page.locator('.counted-rows .session-cell code');
    await expect.poll(() => ids.count(), SOON).toBe(20);
    const first = await ids.allInnerTexts();
    await page.getByRole('button', { name: 'Older' }).click();
    await page.getByText('Page 2').waitFor();
    await expect.poll(async () => (await ids.allInnerTexts())[0], SOON).not.toBe(first[0]);
    expect((await ids.allInnerTexts()).filter((id) => first.includes(id))).toEqual([]);
    await page.getByRole('button', { name: 'Newer' }).click();
    await expect.poll(() => ids.allInnerTexts(), SOON).toEqual(first);
    await visit.close();
  });

  test('of one channel is explained by the rows of that channel', async () => {
    const visit = await open();
    const { page } = visit;
    await settle(page);
    const row = page.getByRole('row', { name: /^web/ });
    await row.getByRole('button', { name: /Sessions: how/ }).click();
    const explained = await page.getByTestId('explained').innerText();
    expect(
      await row.locator('.number').first().locator('.explained > span').first().innerText(),
    ).toBe(explained);
    await page.getByText('Channel: web').waitFor();
    await visit.close();
  });
});

describe('what is chosen', () => {
  test('narrows the page to one channel, and is still so after a reload', async () => {
    const visit = await open();
    const { page } = visit;
    await settle(page);
    const all = Number(await shown(page, 'today-total_sessions'));
    await page.getByLabel('Channel', { exact: true }).selectOption({ label: 'web' });
    await expect
      .poll(async () => Number(await shown(page, 'today-total_sessions')), SOON)
      .toBeLessThan(all);
    const narrowed = await shown(page, 'today-total_sessions');
    expect((await addressOf(page)).pathname).toBe('/dashboard');
    await page.reload();
    await settle(page);
    expect(await shown(page, 'today-total_sessions')).toBe(narrowed);
    expect(
      await page.getByRole('button', { name: 'web', exact: true }).getAttribute('aria-pressed'),
    ).toBe('true');
    await visit.close();
  });

  test('is a period that Back undoes', async () => {
    const visit = await open();
    const { page } = visit;
    await settle(page);
    await page.getByText('30 days', { exact: true }).click();
    await page.waitForURL('**/dashboard?period=30d');
    await page.goBack();
    await page.waitForURL('**/dashboard');
    await expect.poll(() => page.getByLabel('7 days').isChecked(), SOON).toBe(true);
    await visit.close();
  });

  test('is the order of a table', async () => {
    const visit = await open();
    const { page } = visit;
    await settle(page);
    const names = page.locator('.byChannel tbody .name');
    const usual = await names.allInnerTexts();
    const head = page.locator('.byChannel').getByRole('button', { name: 'Sessions' }).first();
    await head.click();
    await expect.poll(() => names.allInnerTexts(), SOON).toEqual([...usual].reverse());
    expect((await addressOf(page)).searchParams.get('sort_channel')).toBe('total_sessions');
    await visit.close();
  });

  test('is saved as CSV with the figures that the page shows', async () => {
    const visit = await open('?channel=web');
    const { page } = visit;
    await settle(page);
    const coming = page.waitForEvent('download');
    await page.getByRole('button', { name: /figures of the period/ }).click();
    const file = await coming;
    expect(file.suggestedFilename()).toBe(`deskpulse-figures-${day(6)}-${day()}.csv`);
    const lines = (await readFile(await file.path(), 'utf8')).split('\r\n');
    expect(lines[0]).toMatch(/^metric,start,end,date/);
    const sum = lines
      .filter((line) => line.startsWith('total_sessions,'))
      .map((line) => Number(line.split(',')[lines[0]?.split(',').indexOf('value') ?? -1]))
      .reduce((before, value) => before + value, 0);
    const summary = page.locator('.trend .summary .explained > span').first();
    expect(String(sum)).toBe(await summary.innerText());
    await visit.close();
  });
});

describe('who may not read figures', () => {
  test('sees only the own row as an agent', async () => {
    const token = await desk.token('agent', 'agent-1');
    const visit = await open('', { token });
    const { page } = visit;
    await settle(page);
    expect(await page.locator('.agents tbody tr').count()).toBe(1);
    await page.getByRole('rowheader', { name: /Agent 01/ }).waitFor();
    expect(await page.locator('.tiles').count()).toBe(0);
    await expectAccessible(page);
    await visit.close();
  });

  test('is told so as a product that sends events', async () => {
    const visit = await open('', { token: await desk.token('ingest') });
    await visit.page.getByText('You may not see this.').waitFor();
    await expectAccessible(visit.page);
    await visit.close();
  });
});

test('a product without sessions is shown as such', async () => {
  const visit = await open('?product=nothing');
  await settle(visit.page);
  await visit.page.getByText('No sessions in these days').first().waitFor();
  await visit.page.getByText('No ratings in these days').waitFor();
  expect(await shown(visit.page, 'today-auto_resolve_rate')).toBe('–');
  await expectAccessible(visit.page);
  await visit.close();
});
