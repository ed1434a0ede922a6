import { mkdir } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  activeTab,
  headersText,
  isActiveTabInSight,
  isReady,
  openHeaders,
  openPlayground,
  openSavedQuery,
  openTab,
  responseText,
  runOperation,
  tabTitles,
  variablesText,
} from './graphiql';
import { addressOf, type Desk, launchBrowser, openPage, startDesk, type Visit } from './harness';

const FIRST_TABS = [
  'Monitoring',
  'Dashboard',
  'QualityAudit',
  'BillingPortal',
  'TrackEvent',
  'LiveOverview',
  'Viewer',
];
const ANSWERED = { timeout: 20_000 };
const shots = new URL('./shots/', import.meta.url).pathname;
let browser: Browser;

beforeAll(async () => {
  await mkdir(shots, { recursive: true });
  browser = await launchBrowser();
});
afterAll(() => browser?.close());

describe('the playground of an open desk', () => {
  let desk: Desk;
  let visit: Visit;
  let page: Page;

  beforeAll(async () => {
    desk = await startDesk({ open: true });
  });
  afterAll(() => desk?.close());

  beforeEach(async () => {
    visit = await openPlayground(browser, desk);
    page = visit.page;
  });
  afterEach(() => visit?.close());

  test('opens a tab for each page on a first visit', async () => {
    expect(await page.title()).toBe('Deskpulse playground');
    await expect.poll(() => tabTitles(page)).toEqual(FIRST_TABS);
  });

  test('knows the schema', async () => {
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    await page.locator('.graphiql-doc-explorer', { hasText: 'Subscription' }).waitFor();
    await page.screenshot({ path: `${shots}documentation.png` });
  });

  test('marks a field that the schema does not have', async () => {
    await page.locator('.graphiql-query-editor .monaco-editor').click();
    await page.keyboard.press('Control+A');
    await page.keyboard.insertText('query Wrong { nowhere }');
    await page.locator('.graphiql-query-editor .squiggly-error').first().waitFor();
  });

  test('writes a field ticked in the explorer into the operation', async () => {
    await openTab(page, 'LiveOverview');
    await page.getByRole('button', { name: 'Show GraphiQL Explorer' }).click();
    await page.getByText('realtimeAgents', { exact: true }).click();
    const editor = page.locator('.graphiql-query-editor .view-lines');
    await editor.getByText('realtimeAgents').waitFor();
  });

  test('answers the Dashboard query', async () => {
    await openTab(page, 'Dashboard');
    await runOperation(page);
    await expect.poll(() => responseText(page), ANSWERED).toContain('"totalSessions"');
    expect(await responseText(page)).not.toContain('"errors"');
    await page.screenshot({ path: `${shots}playground.png` });
  });

  test('offers room for an authorization, and sends none while it is empty', async () => {
    await openHeaders(page);
    await expect.poll(() => headersText(page)).toContain('"Authorization": ""');
    await runOperation(page);
    await expect.poll(() => responseText(page), ANSWERED).toContain('"realtime"');
  });

  test('stores no request headers', async () => {
    await openHeaders(page);
    await page.locator('[aria-label="Headers"] .monaco-editor').last().click();
    await page.keyboard.press('Control+A');
    await page.keyboard.press('Delete');
    await page.keyboard.insertText('{"X-Secret": "not to be stored"}');
    await runOperation(page);
    await expect.poll(() => responseText(page), ANSWERED).toContain('"realtime"');
    await page.waitForFunction(() => localStorage.getItem('graphiql:queries'));
    await page.reload();
    expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain('X-Secret');
  });

  test('opens a saved query beside the tabs of an earlier visit', async () => {
    await openTab(page, 'BillingPortal');
    // GraphiQL stores its tabs half a second after the last change.
    await page.waitForFunction(() =>
      localStorage.getItem('graphiql:tabState')?.includes('"activeTabIndex":3'),
    );
    await page.reload();
    await openSavedQuery(page, 'DashboardPeriod');
    await expect.poll(() => tabTitles(page)).toEqual([...FIRST_TABS, 'DashboardPeriod']);
    await expect.poll(() => isActiveTabInSight(page)).toBe(true);
    await runOperation(page);
    await expect.poll(() => responseText(page), ANSWERED).toContain('"period"');
    expect(await responseText(page)).not.toContain('"errors"');
  });

  test('follows a session that starts in the live overview', async () => {
    await openTab(page, 'LiveOverview');
    await runOperation(page);
    await expect.poll(() => activeSessions(page), ANSWERED).toBeGreaterThanOrEqual(0);
    const before = await activeSessions(page);
    const sessionId = `browser-test-${Date.now()}`;
    await desk.track([{ name: 'session.start', sessionId, data: { channel: 'web' } }]);
    await expect.poll(() => activeSessions(page), ANSWERED).toBeGreaterThan(before);
    await page.screenshot({ path: `${shots}live-overview.png` });
  });

  test('follows a link that is put into its address', async () => {
    await page.evaluate(() => {
      window.location.hash = '#operation=BillingUntil&variables={"days":2,"until":null}';
    });
    await expect.poll(() => tabTitles(page)).toEqual([...FIRST_TABS, 'BillingUntil']);
    await expect.poll(() => variablesText(page)).toContain('"days": 2');
    expect((await addressOf(page)).hash).toBe('');
  });

  test('leads back to the pages', async () => {
    await page.getByRole('link', { name: 'Back to the pages' }).click();
    await page.waitForURL('**/monitoring');
  });
});

/** The figure of the response pane; NaN before the first snapshot. */
async function activeSessions(page: Page): Promise<number> {
  const shown = /"activeSessions": (\d+)/.exec(await responseText(page));
  return Number(shown?.[1] ?? Number.NaN);
}

describe('a tile of the pages', () => {
  let desk: Desk;
  let token: string;

  beforeAll(async () => {
    desk = await startDesk();
    token = await desk.token('viewer');
    await desk.track([{ name: 'session.start', sessionId: 's-1', data: { channel: 'app' } }]);
  });
  afterAll(() => desk?.close());

  test('leads to its query, which is answered with the credentials of the pages', async () => {
    const visit = await openPage(browser, desk, '/billing', { token });
    const { page } = visit;
    await page.getByRole('link', { name: 'The query behind “Tokens left”' }).click();
    await page.waitForURL('**/playground/');
    await isReady(page);
    await expect.poll(() => tabTitles(page)).toEqual([...FIRST_TABS, 'BillingPortal']);
    await expect.poll(() => activeTab(page)).toBe('BillingPortal');
    await expect.poll(() => variablesText(page)).toContain('"days": 31');
    await openHeaders(page);
    await expect
      .poll(() => headersText(page))
      .toContain(`"Authorization": "Bearer ${token.slice(0, 20)}`);
    await page
      .locator('.graphiql-doc-explorer-icon, [aria-label="Show Documentation Explorer"]')
      .first()
      .waitFor();
    await runOperation(page);
    await expect.poll(() => responseText(page), ANSWERED).toContain('"tokensRemaining"');
    await visit.close();
  });

  test('opens one tab, however often the page is loaded and the link followed', async () => {
    const hash = `#${new URLSearchParams({ operation: 'BillingUntil', variables: '{"days":3}' })}`;
    const visit = await openPlayground(browser, desk, { token, hash });
    const { page } = visit;
    const expected = [...FIRST_TABS, 'BillingUntil'];
    await expect.poll(() => tabTitles(page)).toEqual(expected);
    expect((await addressOf(page)).hash).toBe('');
    await page.reload();
    await isReady(page);
    await expect.poll(() => tabTitles(page)).toEqual(expected);
    await expect.poll(() => activeTab(page)).toBe('BillingUntil');
    await page.goto(`${desk.url}/monitoring`);
    await page.goto(`${desk.url}/playground/${hash}`);
    await isReady(page);
    await expect.poll(() => tabTitles(page)).toEqual(expected);
    await visit.close();
  });

  test('leaves no token in what outlives the tab of the browser', async () => {
    const visit = await openPlayground(browser, desk, { token });
    const { page } = visit;
    await runOperation(page);
    await expect.poll(() => responseText(page), ANSWERED).toContain('"realtime"');
    await page.waitForFunction(() => localStorage.getItem('graphiql:queries'));
    expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain(token);
    await visit.close();
  });
});
