import { mkdir } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  isActiveTabInSight,
  launchBrowser,
  type OpenPage,
  openPlayground,
  openSavedQuery,
  openTab,
  responseText,
  runOperation,
  tabTitles,
} from './page';

const baseUrl = process.env.DESKPULSE_URL ?? '';
const shots = new URL('./shots/', import.meta.url).pathname;
let browser: Browser;
let opened: OpenPage;
let page: Page;

beforeAll(async () => {
  await mkdir(shots, { recursive: true });
  browser = await launchBrowser();
});
afterAll(() => browser?.close());

beforeEach(async () => {
  opened = await openPlayground(browser, baseUrl);
  page = opened.page;
});
afterEach(async () => {
  await page?.context().close();
  expect(opened?.strayRequests ?? [], 'requests outside the origin').toEqual([]);
  expect(opened?.errors ?? [], 'errors in the console').toEqual([]);
});

describe('the playground', () => {
  test('opens a tab for each page on a first visit', async () => {
    expect(await page.title()).toBe('Deskpulse playground');
    expect(await tabTitles(page)).toEqual([
      'Monitoring',
      'Dashboard',
      'QualityAudit',
      'BillingPortal',
      'TrackEvent',
      'LiveOverview',
      'Viewer',
    ]);
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
    await expect.poll(() => responseText(page), { timeout: 10_000 }).toContain('"totalSessions"');
    expect(await responseText(page)).not.toContain('"errors"');
    await page.screenshot({ path: `${shots}dashboard.png` });
  });

  test('stores no request headers', async () => {
    await page.getByRole('button', { name: 'Headers', exact: true }).click();
    await page.locator('[aria-label="Headers"] .monaco-editor').last().click();
    await page.keyboard.insertText('{"X-Secret": "not to be stored"}');
    await runOperation(page);
    await expect.poll(() => responseText(page), { timeout: 10_000 }).toContain('"realtime"');
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
    await expect.poll(() => tabTitles(page)).toHaveLength(7);
    expect((await tabTitles(page)).at(-1)).toBe('DashboardPeriod');
    await expect.poll(() => isActiveTabInSight(page)).toBe(true);
    await runOperation(page);
    await expect.poll(() => responseText(page), { timeout: 10_000 }).toContain('"period"');
    expect(await responseText(page)).not.toContain('"errors"');
  });

  test('follows a session that starts in the live overview', async () => {
    await openTab(page, 'LiveOverview');
    await runOperation(page);
    await expect.poll(() => activeSessions(page), { timeout: 10_000 }).toBeGreaterThanOrEqual(0);
    const before = await activeSessions(page);
    await startSession(page);
    await expect.poll(() => activeSessions(page), { timeout: 10_000 }).toBeGreaterThan(before);
    await page.screenshot({ path: `${shots}live-overview.png` });
  });
});

/** The figure of the response pane; NaN before the first snapshot. */
async function activeSessions(page: Page): Promise<number> {
  const shown = /"activeSessions": (\d+)/.exec(await responseText(page));
  return Number(shown?.[1] ?? Number.NaN);
}

/** Tells the service of a new session, as a product would. */
async function startSession(page: Page): Promise<void> {
  const status = await page.evaluate(async (sessionId) => {
    const response = await fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        query: 'mutation ($input: TrackEventInput!) { trackEvent(input: $input) { status } }',
        variables: {
          input: {
            name: 'session.start',
            product: 'playground',
            sessionId,
            data: { channel: 'web' },
          },
        },
      }),
    });
    return (await response.json()).data?.trackEvent.status;
  }, `browser-test-${Date.now()}`);
  expect(status).toBe('ACCEPTED');
}
