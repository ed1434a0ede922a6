import { readFile } from 'node:fs/promises';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  addressOf,
  type Desk,
  expectAccessible,
  expectNoSidewaysScroll,
  launchBrowser,
  openPage,
  type Role,
  startDesk,
  type Visit,
  type VisitOptions,
} from './harness';

const WORDS = {
  en: {
    passRate: 'Pass rate',
    pending: 'Await review',
    agreement: 'Machine agrees with people',
    disputes: 'Open disputes',
    failed: 'Failed',
    second: 'Page 2',
    interval: (low: string, high: string) => `95% interval: ${low} to ${high}`,
  },
  'zh-CN': {
    passRate: '通过率',
    pending: '待复核',
    agreement: '机器与人工一致率',
    disputes: '待裁定申诉',
    failed: '未通过',
    second: '第 2 页',
    interval: (low: string, high: string) => `95% 置信区间：${low} 至 ${high}`,
  },
} as const;
type Language = keyof typeof WORDS;
const LANGUAGES = Object.keys(WORDS) as Language[];

const FIGURES = `{ quality {
  summary { passRate passRateInterval { low high } pendingReview auditedCount }
  agreement { rate } overturns { open }
} }`;
interface Figures {
  quality: {
    summary: {
      passRate: number;
      passRateInterval: { low: number; high: number };
      pendingReview: number;
      auditedCount: number;
    };
    agreement: { rate: number };
    overturns: { open: number }[];
  };
}

let desk: Desk;
let browser: Browser;

beforeAll(async () => {
  [desk, browser] = await Promise.all([startDesk(), launchBrowser()]);
  await seed();
});
afterAll(async () => {
  await browser?.close();
  await desk?.close();
});

/** Conversations of two agents, with audits that passed, failed and wait. */
async function seed(): Promise<void> {
  const start = Date.now() - 3_600_000;
  const at = (seconds: number) => new Date(start + seconds * 1000).toISOString();
  await desk.track(
    [0, 1].flatMap((index) => {
      const sessionId = `s-${index}`;
      const agent = { agent_id: index ? 'wang' : 'li', agent_name: index ? '王小美' : '李建国' };
      return [
        { name: 'session.start', sessionId, occurredAt: at(0), data: { channel: 'app' } },
        { name: 'message.customer', sessionId, occurredAt: at(5), data: { text: 'Where is it?' } },
        { name: 'session.queue', sessionId, occurredAt: at(6), data: { queue: 'default' } },
        { name: 'session.assign', sessionId, occurredAt: at(9), data: agent },
        { name: 'session.end', sessionId, occurredAt: at(60), data: { by: 'customer' } },
      ];
    }),
  );
  for (let index = 0; index < 14; index += 1) {
    await audit({ score: 30 + index * 5, auditType: 'AUTO' });
  }
  for (const score of [20, 40, 95]) {
    await audit({ score, auditType: 'MANUAL', agentId: 'wang', sessionId: 's-1' });
  }
  await review('QA-001', 35);
  await review('QA-002', 80);
}

async function audit(input: object): Promise<string> {
  const { createAudit } = await desk.ask<{ createAudit: { id: string } }>(
    'mutation($input: CreateAuditInput!) { createAudit(input: $input) { id } }',
    { input: { sessionId: 's-0', agentId: 'li', customerName: '客户', ...input } },
  );
  return createAudit.id;
}

async function review(auditId: string, finalScore: number, subject = 'zhang'): Promise<void> {
  await desk.ask(
    'mutation($input: ReviewAuditInput!) { reviewAudit(input: $input) { id } }',
    { input: { auditId, finalScore } },
    await desk.token('reviewer', subject),
  );
}

/** What the API says of an audit. */
async function stateOf(id: string) {
  const { quality } = await desk.ask<{
    quality: { audit: { score: number; status: string; claimedBy: string | null } };
  }>('query($id: ID!) { quality { audit(id: $id) { score status claimedBy } } }', { id });
  return quality.audit;
}

async function idsOf(filter: object | null, sort = 'NEWEST', page = 1, size = 25) {
  const { quality } = await desk.ask<{ quality: { records: { items: { id: string }[] } } }>(
    `query($filter: AuditFilter, $sort: AuditSort, $page: Int, $size: Int) {
      quality { records(filter: $filter, sort: $sort, page: $page, size: $size) { items { id } } }
    }`,
    { filter, sort, page, size },
  );
  return quality.records.items.map(({ id }) => id);
}

async function visit(
  path: string,
  role: Role,
  { subject, ...options }: VisitOptions & { subject?: string } = {},
): Promise<Visit> {
  const token = await desk.token(role, subject);
  return openPage(browser, desk, path, { token, ...options });
}

const tile = (page: Page, name: string) => page.getByRole('region', { name, exact: true });
const links = (page: Page) => page.locator('[data-audit]');
const shownIds = (page: Page) => links(page).allTextContents();
const heading = (page: Page) => page.getByRole('heading', { level: 1 });
const told = (page: Page) => page.locator('.banner[role=status]');

/** Waits for what the page takes a while to show: lists are asked again every ten seconds. */
function until<Value>(read: () => Value) {
  return expect.poll(read, { timeout: 20_000 });
}

/** Waits for a text, and fails with what is there instead. */
async function expectText(locator: Locator, text: string | RegExp): Promise<void> {
  await until(() => locator.textContent()).toMatch(text);
}

describe.each(LANGUAGES)('QualityAudit in %s', (language) => {
  const words = WORDS[language];
  const percent = (value: number) =>
    new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 }).format(
      value / 100,
    );

  async function expectFigures(page: Page): Promise<void> {
    const { summary, agreement, overturns } = (await desk.ask<Figures>(FIGURES)).quality;
    const { low, high } = summary.passRateInterval;
    const open = overturns.reduce((sum, scorer) => sum + scorer.open, 0);
    await expectText(tile(page, words.passRate).locator('.figure'), percent(summary.passRate));
    await expectText(
      tile(page, words.passRate).locator('.note'),
      words.interval(percent(low), percent(high)),
    );
    await expectText(tile(page, words.pending).locator('.figure'), `${summary.pendingReview}`);
    await expectText(tile(page, words.agreement).locator('.figure'), percent(agreement.rate));
    await expectText(tile(page, words.disputes).locator('.figure'), `${open}`);
  }

  test('shows the figures and the audits of the API, and follows them', async () => {
    const { page, ...opened } = await open();
    await expectFigures(page);
    await until(() => shownIds(page)).toEqual(await idsOf(null));
    await audit({ score: 12, auditType: 'MANUAL' });
    await audit({ score: 13, auditType: 'AUTO' });
    await until(() => shownIds(page)).toEqual(await idsOf(null));
    await expectFigures(page);
    await opened.close();
  });

  test('keeps filter, order and page in the address', async () => {
    const { page, close } = await open('?size=10');
    await until(() => shownIds(page)).toEqual(await idsOf(null, 'NEWEST', 1, 10));
    await page.getByRole('button', { name: words.second, exact: true }).click();
    await until(() => shownIds(page)).toEqual(await idsOf(null, 'NEWEST', 2, 10));
    await page.getByText(words.failed, { exact: true }).first().click();
    const failed = { status: 'FAILED' };
    await until(() => shownIds(page)).toEqual(await idsOf(failed, 'NEWEST', 1, 10));
    await page.locator('th .sort').nth(1).click();
    await until(() => shownIds(page)).toEqual(await idsOf(failed, 'LOWEST_SCORE', 1, 10));
    expect((await addressOf(page)).search).toBe('?size=10&sort=LOWEST_SCORE&status=FAILED');
    await page.reload();
    await until(() => shownIds(page)).toEqual(await idsOf(failed, 'LOWEST_SCORE', 1, 10));
    await page.goBack();
    await page.goBack();
    await until(() => shownIds(page)).toEqual(await idsOf(null, 'NEWEST', 2, 10));
    await close();
  });

  test.each(['light', 'dark'] as const)('is accessible in %s', async (theme) => {
    const { page, close } = await open('', { theme });
    await links(page).first().waitFor();
    await expectAccessible(page);
    await page.keyboard.press('?');
    await page.locator('dialog[open]').waitFor();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await links(page).first().click();
    await page.locator('.event').first().waitFor();
    await expectAccessible(page);
    await close();
  });

  test('fits into 360 px, as a list', async () => {
    const { page, close } = await open('', { width: 360, height: 740 });
    await page.locator('.audit-cards').waitFor();
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await links(page).first().click();
    await page.locator('.event').first().waitFor();
    await expectNoSidewaysScroll(page);
    await close();
  });

  async function open(search = '', options: VisitOptions = {}) {
    const opened = await visit(`/quality${search}`, 'reviewer', { language, ...options });
    return { page: opened.page, close: () => opened.close() };
  }
});

describe('the review queue', () => {
  test('is worked through by keyboard', async () => {
    const [first] = await idsOf({ status: 'PENDING_REVIEW' });
    const opened = await visit('/quality?status=PENDING_REVIEW', 'reviewer', { subject: 'zhang' });
    const { page } = opened;
    await links(page).first().waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    await page.keyboard.press('c');
    await expectText(told(page), `${first}`);
    expect(await stateOf(`${first}`)).toMatchObject({ claimedBy: 'zhang' });
    await page.keyboard.press('Enter');
    await expectText(heading(page), `${first}`);
    await page.locator('#audit-score').waitFor();
    await page.keyboard.type('88');
    expect(await page.locator('#audit-score').inputValue()).toBe('88');
    await page.keyboard.press('Tab');
    await page.locator('textarea').fill('The greeting is in the transcript.');
    await page.keyboard.press('Control+Enter');
    await expectText(told(page), /88/);
    expect(await stateOf(`${first}`)).toMatchObject({ score: 88, status: 'PASSED' });
    await page.keyboard.press('n');
    await until(() => heading(page).textContent()).not.toBe(first);
    const next = `${await heading(page).textContent()}`;
    expect(await stateOf(next)).toMatchObject({ status: 'PENDING_REVIEW', claimedBy: 'zhang' });
    await page.keyboard.press('c');
    await until(async () => (await stateOf(next)).claimedBy).toBeNull();
    await page.keyboard.press('u');
    await links(page).first().waitFor();
    expect((await addressOf(page)).search).toBe('?status=PENDING_REVIEW');
    await opened.close();
  });

  test('takes no single key in a field, and none at all once they are off', async () => {
    const opened = await visit('/quality', 'reviewer');
    const { page } = opened;
    await links(page).first().waitFor();
    await page.getByLabel('Customer').fill('');
    await page.getByLabel('Customer').press('?');
    expect(await page.locator('dialog').count()).toBe(0);
    await page.getByLabel('Customer').fill('');
    await page.getByRole('button', { name: /^Keys/ }).click();
    await page.getByRole('checkbox').uncheck();
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('?');
    await page.keyboard.press('n');
    await page.keyboard.press('j');
    expect(await page.locator('dialog').count()).toBe(0);
    expect((await addressOf(page)).pathname).toBe('/quality');
    await opened.close();
  });

  test('tells who was quicker, and keeps what was written', async () => {
    const id = await audit({ score: 22, auditType: 'AUTO' });
    const opened = await visit(`/quality/${id}`, 'reviewer', { subject: 'zhang' });
    const { page } = opened;
    await page.locator('#audit-score').fill('77');
    await review(id, 66, 'chen');
    await page.keyboard.press('Control+Enter');
    const conflict = page.locator('.overtaken');
    await expectText(conflict, /chen reviewed it at .*: 66, Passed/);
    await expectText(conflict, '77');
    expect(await stateOf(id)).toMatchObject({ score: 66, status: 'PASSED' });
    await conflict.getByRole('button').click();
    await conflict.waitFor({ state: 'detached' });
    await opened.close();
  });

  test('does not offer what someone else works on, and counts down', async () => {
    const id = await audit({ score: 23, auditType: 'AUTO' });
    const token = await desk.token('reviewer', 'chen');
    await desk.ask(`mutation { claimAudit(auditId: "${id}") { id } }`, {}, token);
    const opened = await visit(`/quality/${id}`, 'reviewer', { subject: 'zhang' });
    const { page } = opened;
    const claim = page.locator('.claim').first();
    await expectText(claim, /^chen works on it, 14 min \d+ s left$/);
    const before = await claim.textContent();
    await until(() => claim.textContent()).not.toBe(before);
    expect(await page.locator('#audit-score').count()).toBe(0);
    await desk.ask(`mutation { releaseAudit(auditId: "${id}") { id } }`, {}, token);
    await page.locator('#audit-score').waitFor();
    await opened.close();
  });

  test.each([
    ['viewer', 'chen', /Your role is viewer/],
    ['reviewer', 'li', /your own session/],
  ] as const)('refuses a %s %s with a reason', async (role, subject, reason) => {
    const id = await audit({ score: 24, auditType: 'AUTO' });
    const opened = await visit(`/quality/${id}`, role, { subject });
    await expectText(opened.page.getByRole('region', { name: 'Your review' }), reason);
    expect(await opened.page.locator('#audit-score').count()).toBe(0);
    await opened.close();
  });
});

describe('an audit', () => {
  test('leads from a finding to the event that it is about', async () => {
    const { events } = await desk.ask<{ events: { edges: { node: { id: string } }[] } }>(
      'query($f: EventFilter!) { events(filter: $f) { edges { node { id } } } }',
      {
        f: {
          from: new Date(Date.now() - 86_400_000).toISOString(),
          to: new Date().toISOString(),
          name: 'message.customer',
          sessionId: 's-0',
        },
      },
    );
    const eventId = events.edges[0]?.node.id;
    const { scoreAudit } = await desk.ask<{ scoreAudit: { id: string } }>(
      'mutation($input: ScoreAuditInput!) { scoreAudit(input: $input) { id } }',
      {
        input: {
          sessionId: 's-0',
          agentId: 'li',
          auditType: 'MANUAL',
          scorecard: 'service',
          answers: [
            { category: 'greeting', points: 4 },
            { category: 'solution', points: 5 },
            { category: 'privacy', points: null },
          ],
          findings: [{ code: 'TONE', severity: 'MINOR', eventId }],
        },
      },
    );
    const opened = await visit(`/quality/${scoreAudit.id}`, 'viewer');
    const { page } = opened;
    await expectText(page.getByRole('region', { name: 'Scorecard' }), 'Greets and listens');
    await page.locator('.event').first().waitFor();
    await page.getByRole('button', { name: 'To the event of TONE' }).click();
    await page.locator('.event.chosen').waitFor();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe(`event-${eventId}`);
    await expectText(page.locator('.event.chosen'), 'Where is it?');
    await opened.close();
  });

  test('is disputed by its agent, and a reviewer rules on it', async () => {
    const id = await audit({ score: 31, auditType: 'MANUAL' });
    const agent = await visit(`/quality/${id}`, 'agent', { subject: 'li' });
    await agent.page.getByLabel('Why the result is wrong').fill('The AI had greeted before me.');
    await agent.page.keyboard.press('Control+Enter');
    await expectText(told(agent.page), /is disputed/);
    await agent.close();

    const reviewer = await visit(`/quality/${id}`, 'reviewer', { subject: 'zhang' });
    const { page } = reviewer;
    await expectText(page.locator('.decision'), 'The AI had greeted before me.');
    await page.getByText('Partly accepted', { exact: true }).click();
    await page.locator('#audit-score').fill('31');
    await page.locator('textarea').fill('The greeting counts.');
    await page.keyboard.press('Control+Enter');
    await expectText(page.locator('.mistake'), /other than the present one/);
    await page.locator('#audit-score').fill('70');
    await page.keyboard.press('Control+Enter');
    await expectText(told(page), /partly accepted/i);
    expect(await stateOf(id)).toMatchObject({ score: 70, status: 'PASSED' });
    await reviewer.close();
  });

  test('that is not there says so', async () => {
    const opened = await visit('/quality/QA-9999', 'viewer');
    await expectText(opened.page.locator('.state'), 'There is no audit QA-9999');
    await opened.close();
  });
});

describe('the list', () => {
  test('shows an agent the own audits only, without the figures of all', async () => {
    const opened = await visit('/quality?size=100', 'agent', { subject: 'wang' });
    const { page } = opened;
    await until(() => shownIds(page)).toEqual(await idsOf({ agentId: 'wang' }));
    expect(await tile(page, 'Pass rate').count()).toBe(0);
    expect(await page.getByRole('button', { name: /Review next|Claim/ }).count()).toBe(0);
    await expectAccessible(page);
    await opened.close();
  });

  test('shows a product why it sees nothing', async () => {
    const opened = await visit('/quality', 'ingest');
    await expectText(opened.page.locator('.state'), 'You may not see this.');
    await expectAccessible(opened.page);
    await opened.close();
  });

  test('is saved as the export of the same filter', async () => {
    const opened = await visit('/quality?status=FAILED', 'viewer');
    const { page } = opened;
    await links(page).first().waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: /CSV/ }).click(),
    ]);
    const token = await desk.token('viewer');
    const expected = await fetch(`${desk.url}/export/audits.csv?status=FAILED`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(await readFile(await download.path(), 'utf8')).toBe(await expected.text());
    await opened.close();
  });

  test('says when no audit matches, and offers all again', async () => {
    const opened = await visit('/quality?customer=nobody', 'viewer');
    const { page } = opened;
    await expectText(page.locator('.audit-list .state'), 'No audit matches these filters');
    await page.locator('.audit-list').getByRole('button', { name: 'Clear filters' }).click();
    await until(() => shownIds(page)).toEqual(await idsOf(null));
    await opened.close();
  });

  test('says what would fill it while there is nothing', async () => {
    const empty = await startDesk();
    try {
      await empty.track([{ name: 'session.start', sessionId: 's', data: { channel: 'app' } }]);
      const token = await empty.token('reviewer');
      const opened = await openPage(browser, empty, '/quality', { token });
      const { page } = opened;
      await expectText(page.locator('.audit-list .state'), 'No conversation has been audited yet');
      expect(await tile(page, 'Pass rate').locator('.figure').textContent()).toBe('–');
      await page.keyboard.press('n');
      await expectText(told(page), 'Nothing waits that you may review.');
      await expectAccessible(page);
      await opened.close();
    } finally {
      await empty.close();
    }
  });
});
