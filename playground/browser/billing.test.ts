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
} from './harness';

const WORDS = {
  en: {
    used: 'Tokens used in this period',
    left: 'Tokens left',
    calls: 'Calls',
    unpriced: 'Calls without a known cost',
    models: 'By model',
    unknown: 'unknown',
    saved: 'Saved by the AI',
  },
  'zh-CN': {
    used: '本周期已用 Token',
    left: '剩余 Token',
    calls: '调用次数',
    unpriced: '费用未知的调用',
    models: '按模型',
    unknown: '未知',
    saved: 'AI 节省的费用',
  },
} as const;
/** The machines of tests may be slow. */
const WAITING = { timeout: 30_000 };
const LANGUAGES = ['en', 'zh-CN'] as const;

interface Books {
  totalTokens: number;
  totalApiCalls: number;
  unpricedCalls: number;
  knownCost: string;
  estimatedCost: string | null;
}
interface Billing {
  usage: { tokensUsed: number; tokensTotal: number };
  quota: { tokensRemaining: number };
  roi: { savedCost: string; aiResolvedSessions: number };
  daily: (Books & { date: string })[];
  models: (Books & { model: string | null })[];
}

let browser: Browser;
let desk: Desk;
let viewer: string;
/** The present day of the desk, which is in Shanghai. */
let today: string;

beforeAll(async () => {
  browser = await launchBrowser();
  desk = await startDesk();
  viewer = await desk.token('viewer');
  today = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai' }).format(new Date());
  await desk.track([
    { name: 'session.start', sessionId: 's-1', data: { channel: 'app' } },
    { name: 'session.end', sessionId: 's-1', data: { by: 'ai', resolved: true } },
    { name: 'session.start', sessionId: 's-2', data: { channel: 'app' } },
    { name: 'session.end', sessionId: 's-2', data: { by: 'customer', resolved: false } },
  ]);
  await record(
    { requestId: 'small-1', tokens: 12_345, inputTokens: 10_000, outputTokens: 2_345 },
    { requestId: 'small-2', tokens: 30_000, inputTokens: 20_000, outputTokens: 10_000 },
    {
      requestId: 'new-1',
      model: 'model-new',
      tokens: 7_000,
      inputTokens: 6_000,
      cachedInputTokens: 2_000,
      outputTokens: 1_000,
      reasoningTokens: 400,
    },
    { requestId: 'odd-1', model: '=SUM(A1),"x"', tokens: 10, inputTokens: 5, outputTokens: 5 },
  );
});
afterAll(async () => {
  await browser?.close();
  await desk?.close();
});

async function record(...calls: object[]): Promise<void> {
  const input = calls.map((call) => ({ model: 'model-small', ...call }));
  const { recordTokenUsages } = await desk.ask<{ recordTokenUsages: { recorded: boolean }[] }>(
    'mutation($c: [TokenUsageInput!]!) { recordTokenUsages(input: $c) { recorded reason } }',
    { c: input },
  );
  expect(recordTokenUsages.every(({ recorded }) => recorded)).toBe(true);
}

async function billing(assumptions: object = {}): Promise<Billing> {
  const books = 'totalTokens totalApiCalls unpricedCalls knownCost estimatedCost';
  const answer = await desk.ask<{ billing: Billing }>(
    `query($days: Int!, $from: Date!, $to: Date!, $a: RoiAssumptionsInput) { billing {
      usage { tokensUsed tokensTotal } quota { tokensRemaining }
      roi(assumptions: $a) { savedCost aiResolvedSessions }
      daily(days: $days) { date ${books} } models(from: $from, to: $to) { model ${books} }
    } }`,
    {
      days: Number(today.slice(8)),
      from: `${today.slice(0, 8)}01`,
      to: today,
      a: assumptions,
    },
    viewer,
  );
  return answer.billing;
}

const shown = (value: number, digits = 0) =>
  new Intl.NumberFormat('en', { minimumFractionDigits: digits }).format(value);
const sum = (rows: readonly Books[], field: 'totalApiCalls' | 'unpricedCalls') =>
  rows.reduce((before, row) => before + row[field], 0);

/** The figure of a tile. */
function figure(page: Page, label: string) {
  return page
    .locator('section.tile', { has: page.getByText(label, { exact: true }) })
    .locator('.figure');
}

function card(page: Page, title: string) {
  return page.locator('section.card', {
    has: page.getByRole('heading', { name: title, exact: true }),
  });
}

describe.each(LANGUAGES)('in %s', (language) => {
  const words = WORDS[language];

  test('the figures are those of the API', async () => {
    const visit = await openPage(browser, desk, '/billing', { token: viewer, language });
    const { page } = visit;
    const { usage, quota, daily, models, roi } = await billing();
    const says = (label: string, text: string) =>
      expect.poll(() => figure(page, label).textContent(), WAITING).toBe(text);
    await says(words.used, shown(usage.tokensUsed));
    await says(words.left, shown(quota.tokensRemaining));
    await says(words.calls, shown(sum(daily, 'totalApiCalls')));
    await says(words.unpriced, shown(sum(daily, 'unpricedCalls')));
    for (const model of models) {
      const row = card(page, words.models).getByRole('row', { name: model.model ?? '' });
      await row.getByText(shown(model.totalTokens), { exact: true }).first().waitFor();
      if (model.estimatedCost === null) {
        await row.getByText(words.unknown, { exact: true }).waitFor();
      }
    }
    const saved = page.getByTestId('roi').locator('div', { hasText: words.saved }).locator('dd');
    expect(await saved.first().textContent()).toBe(shown(Number(roi.savedCost), 2));
    await visit.close();
  });

  test.each(['light', 'dark'] as const)('axe finds nothing, %s', async (theme) => {
    const visit = await openPage(browser, desk, '/billing', { token: viewer, language, theme });
    const { page } = visit;
    await page.getByTestId('books').waitFor();
    await expect.poll(() => page.locator('.skeleton').count(), WAITING).toBe(0);
    for (const summary of await page.locator('summary').all()) {
      await summary.click();
    }
    await expectAccessible(page);
    await visit.close();
  });

  test('nothing scrolls sideways at 360 px but tables within their cards', async () => {
    const options = { token: viewer, language, width: 360, height: 740 };
    const visit = await openPage(browser, desk, '/billing', options);
    await visit.page.getByTestId('books').waitFor();
    await expect.poll(() => visit.page.locator('.skeleton').count(), WAITING).toBe(0);
    await expectNoSidewaysScroll(visit.page);
    await expectAccessible(visit.page);
    await visit.close();
  });
});

describe('the books of a month', () => {
  test('show a day with unpriced calls as unknown, and say what to do', async () => {
    const token = await desk.token('operator');
    const visit = await openPage(browser, desk, '/billing', { token });
    const { page } = visit;
    await page.getByTestId('books').waitFor();
    expect(await page.locator('.day[data-unknown]').count()).toBe(1);
    const unpriced = card(page, 'What these calls need');
    await unpriced.getByText('What to do').click();
    await unpriced.getByText('model = "model-new"').waitFor();
    await unpriced.getByRole('button', { name: 'See what the present prices change' }).click();
    await unpriced.getByText('The present prices change nothing').waitFor();
    await visit.close();
  });

  test('keep the repricing from those who may not do it', async () => {
    const visit = await openPage(browser, desk, '/billing', { token: viewer });
    const { page } = visit;
    await page.getByText('What to do').click();
    await page.getByText('Then an operator gives the calls').waitFor();
    expect(await page.getByRole('button', { name: /present prices/ }).count()).toBe(0);
    await visit.close();
  });

  test('are sorted by the address, and by the heads of the columns', async () => {
    const visit = await openPage(browser, desk, '/billing?sort=tokens', { token: viewer });
    const { page } = visit;
    const names = () => card(page, 'By model').locator('tbody th').allTextContents();
    const { models } = await billing();
    const fewestFirst = models.map(({ model }) => model).reverse();
    await expect.poll(names, WAITING).toEqual(fewestFirst);
    await card(page, 'By model')
      .getByRole('button', { name: /^Tokens/ })
      .click();
    await expect.poll(names, WAITING).toEqual(models.map(({ model }) => model));
    expect((await addressOf(page)).search).toBe('');
    expect((await addressOf(page)).pathname).toBe('/billing');
    await visit.close();
  });

  test('can be taken as CSV that holds no formula', async () => {
    const visit = await openPage(browser, desk, '/billing', { token: viewer });
    const { page } = visit;
    const { daily, models } = await billing();
    const take = async (name: string) => {
      const waiting = page.waitForEvent('download');
      await page.getByRole('button', { name }).click();
      const download = await waiting;
      return {
        name: download.suggestedFilename(),
        lines: (await readFile(await download.path(), 'utf8')).split('\r\n'),
      };
    };
    const month = today.slice(0, 7);
    const days = await take('Days (CSV)');
    expect(days.name).toBe(`deskpulse-default-${month}-days.csv`);
    expect(days.lines[0]).toMatch(/^date,totalTokens,totalApiCalls,/);
    expect(days.lines).toHaveLength(daily.length + 2);
    const last = daily.at(-1);
    expect(days.lines.at(-2)).toMatch(
      new RegExp(
        `^${last?.date},${last?.totalTokens},${last?.totalApiCalls},.*,${last?.knownCost},$`,
      ),
    );
    const byModel = await take('Models (CSV)');
    expect(byModel.lines).toHaveLength(models.length + 2);
    expect(byModel.lines.some((line) => line.startsWith('"\'=SUM(A1),""x""",10,1,'))).toBe(true);
    await visit.close();
  });

  test('of a month without calls are empty, and the next one is a click away', async () => {
    const visit = await openPage(browser, desk, '/billing?month=2024-02', { token: viewer });
    const { page } = visit;
    await page.getByText('No calls in February 2024').waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'The month after' }).click();
    await page.getByText('No calls in March 2024').waitFor();
    expect((await addressOf(page)).search).toBe('?month=2024-03');
    await page.reload();
    await page.getByText('No calls in March 2024').waitFor();
    await visit.close();
  });
});

describe('the return on investment', () => {
  test('follows a slider that is moved by the keyboard, and comes back', async () => {
    const visit = await openPage(browser, desk, '/billing', { token: viewer });
    const { page } = visit;
    const saved = page.getByTestId('roi').locator('dd').first();
    const configured = await billing();
    await expect
      .poll(() => saved.textContent(), WAITING)
      .toBe(shown(Number(configured.roi.savedCost), 2));
    const slider = page.getByLabel('Minutes a person needs for a session, slider');
    await slider.focus();
    await page.keyboard.press('End');
    await page.waitForURL(/minutes=30/);
    const moved = await billing({ minutesPerSession: '30' });
    await expect
      .poll(() => saved.textContent(), WAITING)
      .toBe(shown(Number(moved.roi.savedCost), 2));
    await page.reload();
    await expect
      .poll(() => saved.textContent(), WAITING)
      .toBe(shown(Number(moved.roi.savedCost), 2));
    await page.getByRole('button', { name: 'Back to the configured ones' }).click();
    await expect
      .poll(() => saved.textContent(), WAITING)
      .toBe(shown(Number(configured.roi.savedCost), 2));
    expect((await addressOf(page)).search).toBe('');
    await visit.close();
  });

  test('says what an assumption may be, and asks nothing meanwhile', async () => {
    const visit = await openPage(browser, desk, '/billing', { token: viewer });
    const { page } = visit;
    const field = page.getByLabel('Hours a full-time agent works in a month', { exact: true });
    await field.fill('9999');
    await page.getByText('From 1 to 744').waitFor();
    await expectAccessible(page);
    await field.fill('80');
    await page.waitForURL(/hours=80/);
    await visit.close();
  });
});

describe('the ledger', () => {
  test('shows the rows of a call, and closes with Escape', async () => {
    await desk.ask(
      'mutation($c: CorrectTokenUsageInput!) { correctTokenUsage(input: $c) { corrected } }',
      { c: { requestId: 'small-2', inputTokens: 21_000, outputTokens: 10_000 } },
    );
    const visit = await openPage(browser, desk, '/billing', { token: viewer });
    const { page } = visit;
    await page.getByLabel('Request id').fill('small-2');
    await page.keyboard.press('Enter');
    const drawer = page.getByRole('dialog');
    await drawer.getByRole('heading', { name: 'As recorded' }).waitFor();
    await drawer.getByRole('heading', { name: 'Correction' }).waitFor();
    await drawer.locator('.ledger-total').getByText('31,000').waitFor();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await drawer.waitFor({ state: 'detached' });
    expect((await addressOf(page)).search).toBe('');
    await visit.close();
  });

  test('says when no call of an id is known', async () => {
    const visit = await openPage(browser, desk, '/billing?call=nobody', { token: viewer });
    await visit.page.getByText('No call of this id is known').waitFor();
    await visit.close();
  });
});

test.each(['agent', 'ingest'] as const)('the role %s is told that it may not', async (role) => {
  const visit = await openPage(browser, desk, '/billing', { token: await desk.token(role) });
  await visit.page.getByText('You may not see this.').waitFor();
  await expectAccessible(visit.page);
  await visit.close();
});

// The last one: it uses the plan up.
test('a mark of the quota and the calls that reach it are shown as they come', async () => {
  const visit = await openPage(browser, desk, '/billing', { token: viewer });
  const { page } = visit;
  const used = figure(page, WORDS.en.used);
  const mark = page.locator('.marks li', { hasText: '80% of the plan' });
  await mark.getByText('Not reached').waitFor();
  const before = await billing();
  await expect.poll(() => used.textContent(), WAITING).toBe(shown(before.usage.tokensUsed));
  await record({ requestId: 'big', tokens: 800_000, inputTokens: 700_000, outputTokens: 100_000 });
  const after = await billing();
  expect(after.usage.tokensUsed).toBe(before.usage.tokensUsed + 800_000);
  await expect.poll(() => used.textContent(), WAITING).toBe(shown(after.usage.tokensUsed));
  await mark.getByText('Reached', { exact: true }).waitFor();
  await expect
    .poll(() => page.locator('.marks [role=status]').textContent(), WAITING)
    .toContain('The mark of 80% was reached.');
  await visit.close();
});
