import type { Browser, WebSocketRoute } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Desk,
  expectAccessible,
  expectNoSidewaysScroll,
  launchBrowser,
  openPage,
  settled,
  startDesk,
} from './harness';

const PATHS = ['/monitoring', '/dashboard', '/quality', '/billing'];
const TITLES = {
  en: ['Monitoring', 'Dashboard', 'Quality audit', 'Billing portal'],
  'zh-CN': ['实时监控', '数据看板', '质检分析', '计费中心'],
} as const;

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());

describe('a desk that asks for credentials', () => {
  let desk: Desk;
  beforeAll(async () => {
    desk = await startDesk();
    await desk.track([{ name: 'session.start', sessionId: 's-1', data: { channel: 'app' } }]);
  });
  afterAll(() => desk?.close());

  test('lets nobody in without a token, and says what is wrong with one it does not take', async () => {
    const visit = await openPage(browser, desk, '/monitoring');
    visit.expectErrors(/401/);
    const { page } = visit;
    await page.getByLabel('Token or key').waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Paste a token or a key.').waitFor();
    await page.getByLabel('Token or key').fill('nonsense');
    await page.keyboard.press('Enter');
    await page.getByText('does not take this token or key').waitFor();
    await page.getByLabel('Token or key').fill(`Bearer ${await desk.token('viewer')}`);
    await page.keyboard.press('Enter');
    await page.getByRole('navigation').getByText('Monitoring').waitFor();
    await visit.close();
  });

  test.each(['en', 'zh-CN'] as const)(
    'leads to every page by the keyboard, in %s',
    async (language) => {
      const token = await desk.token('operator');
      const visit = await openPage(browser, desk, '/', { token, language });
      const { page } = visit;
      await page.waitForURL('**/monitoring');
      expect(await page.locator('html').getAttribute('lang')).toBe(language);
      for (const [index, title] of TITLES[language].entries()) {
        const link = page.getByRole('navigation').getByRole('link', { name: title });
        await link.focus();
        await page.keyboard.press('Enter');
        await page.waitForURL(`**${PATHS[index]}`);
        await page.getByRole('heading', { level: 1 }).first().waitFor();
        expect(await page.title()).toBe(`${title} · Deskpulse`);
        expect(await link.getAttribute('aria-current')).toBe('page');
      }
      await visit.close();
    },
  );

  test('is shown in the language and the colours that were chosen, also after a reload', async () => {
    const token = await desk.token('operator');
    const visit = await openPage(browser, desk, '/billing', { token });
    const { page } = visit;
    await page.getByLabel('Language').selectOption('zh-CN');
    await page.getByRole('button', { name: '设置' }).click();
    await page.getByText('深色').click();
    const ground = () =>
      page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const dark = await ground();
    await page.reload();
    await page.getByRole('navigation').getByText('计费中心').waitFor();
    expect(await ground()).toBe(dark);
    await visit.close();
  });

  test('signs out', async () => {
    const token = await desk.token('viewer');
    const visit = await openPage(browser, desk, '/monitoring', { token });
    visit.expectErrors(/401/);
    const { page } = visit;
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByText('Tenant default, as viewer browser-viewer').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Token or key').waitFor();
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
    await visit.close();
  });

  test('signs out while the live connection is being opened', async () => {
    const token = await desk.token('viewer');
    const visit = await openPage(browser, desk, '/monitoring', { token });
    visit.expectErrors(/401/);
    const { page } = visit;
    let opened: WebSocketRoute | undefined;
    await page.routeWebSocket('**/graphql/ws', (socket) => {
      // Takes what is sent, and never acknowledges it.
      socket.onMessage(() => {
        opened ??= socket;
      });
    });
    await page.reload();
    await expect.poll(() => opened, { timeout: 60_000 }).toBeDefined();
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Token or key').waitFor();
    await opened?.close({ code: 1001, reason: 'going away' });
    // What nobody caught is told after the event that it comes from.
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 100)));
    await visit.close();
  });

  test('says that the service is away while it is, and not after it is back', async () => {
    const token = await desk.token('operator');
    const visit = await openPage(browser, desk, '/monitoring', { token });
    visit.expectErrors(/ERR_CONNECTION_REFUSED|WebSocket connection|ERR_EMPTY_RESPONSE/);
    const { page } = visit;
    await settled(page);
    await desk.stop();
    await page.getByTestId('silence').waitFor();
    await expectAccessible(page);
    await desk.restart();
    await page.getByTestId('silence').waitFor({ state: 'detached' });
    await visit.close();
  });

  test('leads to the sign-in when a token is revoked', async () => {
    const token = await desk.token('operator');
    const visit = await openPage(browser, desk, '/dashboard', { token });
    visit.expectErrors(/401|ERR_CONNECTION_REFUSED|WebSocket connection|ERR_EMPTY_RESPONSE/);
    const { page } = visit;
    await settled(page);
    await desk.revokeAll();
    await page.getByText('does not take this token or key').waitFor();
    await visit.close();
  });
});

describe('an open desk', () => {
  let desk: Desk;
  beforeAll(async () => {
    desk = await startDesk({ open: true });
  });
  afterAll(() => desk?.close());

  test.each([1440, 360])('says how to begin while it is empty, at %i px', async (width) => {
    const visit = await openPage(browser, desk, '/', { width });
    const { page } = visit;
    await page.getByText('Nothing has come in yet').waitFor();
    await page.getByRole('button', { name: 'Show me the demo' }).waitFor();
    await expectAccessible(page);
    await expectNoSidewaysScroll(page);
    await visit.close();
  });

  test('shows the pages by itself once the first event has come', async () => {
    const visit = await openPage(browser, desk, '/');
    const { page } = visit;
    await page.getByText('Nothing has come in yet').waitFor();
    await desk.track([{ name: 'session.start', sessionId: 's-1', data: { channel: 'app' } }]);
    await page.getByRole('navigation').getByText('Monitoring').waitFor();
    await visit.close();
  });

  test('has the demo at one click, marked as such, and away at another', async () => {
    const other = await startDesk({ open: true });
    const visit = await openPage(browser, other, '/');
    const { page } = visit;
    await page.getByRole('button', { name: 'Show me the demo' }).click();
    await page.getByText('Demo data', { exact: true }).waitFor();
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('button', { name: 'Remove the demo data' }).click();
    await page.getByText('Nothing has come in yet').waitFor();
    await visit.close();
    await other.close();
  });
});
