import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Desk } from './desk';

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  });
}

/** How long anything is waited for: a busy machine takes its time. */
const PATIENCE_MS = 60_000;

export interface VisitOptions {
  /** Signed in with; without one the service has to be open. */
  token?: string;
  language?: 'en' | 'zh-CN';
  theme?: 'light' | 'dark';
  width?: number;
  height?: number;
}

/** A page in a browser of its own, and what it did that nobody should have to see. */
export class Visit {
  /** Errors and warnings of the console and of scripts, refusals by the content security policy among them. */
  readonly errors: string[] = [];
  /** Addresses asked for outside the origin of the page. */
  readonly strayRequests: string[] = [];
  /** Errors that the test brings about itself. */
  private expected: RegExp[] = [];

  constructor(readonly page: Page) {}

  /** Lets errors pass that a test is about: the browser writes one for each request that fails. */
  expectErrors(...patterns: RegExp[]): void {
    this.expected.push(...patterns);
  }

  /** Ends the visit; fails if the page did what it should not. */
  async close(): Promise<void> {
    await this.page.context().close();
    const surprising = this.errors.filter(
      (error) => !this.expected.some((pattern) => pattern.test(error)),
    );
    expect(surprising, 'errors in the console').toEqual([]);
    expect(this.strayRequests, 'requests outside the origin').toEqual([]);
  }
}

/** Opens a page as on a first visit: with an empty localStorage. */
export async function openPage(
  browser: Browser,
  desk: Pick<Desk, 'url'>,
  path: string,
  options: VisitOptions = {},
): Promise<Visit> {
  const { token, language = 'en', theme = 'light', width = 1440, height = 900 } = options;
  const context = await browser.newContext({
    viewport: { width, height },
    locale: language === 'en' ? 'en-GB' : language,
    colorScheme: theme,
    timezoneId: 'America/New_York',
    reducedMotion: 'reduce',
  });
  if (token) {
    await context.addInitScript((given) => {
      sessionStorage.setItem('deskpulse:credential', given);
    }, token);
  }
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const visit = new Visit(page);
  const { host } = new URL(desk.url);
  const note = (address: string) => {
    const url = new URL(address);
    if (/^(http|ws)s?:$/.test(url.protocol) && url.host !== host) {
      visit.strayRequests.push(address);
    }
  };
  context.on('request', (request) => note(request.url()));
  page.on('websocket', (socket) => note(socket.url()));
  page.on('pageerror', (error) => visit.errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') {
      visit.errors.push(message.text());
    }
  });
  await page.goto(new URL(path, desk.url).href);
  return visit;
}

/** The address of a page as it knows it itself; `page.url()` hears of a change some time after it. */
export async function addressOf(page: Page): Promise<URL> {
  return new URL(await page.evaluate(() => window.location.href));
}

/** Waits until a page shows what it has asked for, and has loaded all parts of itself. */
export async function settled(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await expect.poll(() => page.locator('.skeleton').count(), { timeout: PATIENCE_MS }).toBe(0);
  // Fonts and canvases are drawn by then.
  await page.evaluate(() => document.fonts.ready);
  await page.evaluate(() => new Promise(requestAnimationFrame));
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  id: string;
  help: string;
  nodes: { target: unknown; failureSummary?: string }[];
}

/** Fails with what axe finds against WCAG 2.2 AA, and against its own best practices. */
export async function expectAccessible(page: Page): Promise<void> {
  const present = page.viewportSize();
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  if (present && height > present.height) {
    // All in sight: what a bar at the edge covers may be scrolled away from under it.
    await page.setViewportSize({ ...present, height });
  }
  await page.evaluate(AXE);
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const violations = await page.evaluate(async (values) => {
    const { axe } = globalThis as unknown as {
      axe: { run(options: object): Promise<{ violations: Violation[] }> };
    };
    return (await axe.run({ runOnly: { type: 'tag', values } })).violations;
  }, tags);
  if (present) {
    await page.setViewportSize(present);
  }
  const told = violations.map(({ id, help, nodes }) => ({
    rule: `${id}: ${help}`,
    where: nodes.map(({ target, failureSummary }) => `${target} – ${failureSummary}`),
  }));
  expect(told, 'what axe finds').toEqual([]);
}

/** Fails when the page scrolls sideways. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const { width, shown } = await page.evaluate(() => ({
    width: document.documentElement.scrollWidth,
    shown: document.documentElement.clientWidth,
  }));
  expect(width, 'width of the page').toBeLessThanOrEqual(shown);
}
