import { cp, mkdir } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { afternoonConfig } from './afternoon';
import {
  type Desk,
  expectAccessible,
  expectNoSidewaysScroll,
  launchBrowser,
  openPage,
  settled,
  startDesk,
} from './harness';

// Pictures of the demo, for the README and the documentation: `UPDATE_DOCS=1` puts them there.
const shots = new URL('./shots/', import.meta.url).pathname;
const docs = new URL('../../docs/pages/', import.meta.url).pathname;

const PAGES = ['monitoring', 'dashboard', 'quality', 'billing'];
const LOOKS = [
  { look: 'light', theme: 'light', width: 1440, height: 900, language: 'en' },
  { look: 'dark', theme: 'dark', width: 1440, height: 900, language: 'en' },
  { look: 'narrow', theme: 'light', width: 390, height: 844, language: 'en' },
  { look: 'zh', theme: 'light', width: 1440, height: 900, language: 'zh-CN' },
  { look: '4k', theme: 'dark', width: 3840, height: 2160, language: 'en' },
] as const;

let browser: Browser;
let desk: Desk;
let token: string;

beforeAll(async () => {
  await mkdir(shots, { recursive: true });
  browser = await launchBrowser();
  desk = await startDesk({ open: true, config: await afternoonConfig() });
  const { startDemo } = await desk.ask<{ startDemo: { key: string } }>(
    'mutation { startDemo { key } }',
  );
  token = startDemo.key;
  await vi.waitFor(async () => expect(await daysFilled()).toBeGreaterThanOrEqual(90), {
    timeout: 600_000,
    interval: 1000,
  });
}, 660_000);
afterAll(async () => {
  await browser?.close();
  await desk?.close();
});

async function daysFilled(): Promise<number> {
  type Answer = { viewer: { demo: { daysFilled: number } } };
  const { viewer } = await desk.ask<Answer>('{ viewer { demo { daysFilled } } }', {}, token);
  return viewer.demo.daysFilled;
}

describe.each(PAGES)('%s of the demo', (path) => {
  test.each(LOOKS)('is fit to be shown: $look', async ({ look, ...options }) => {
    const visit = await openPage(browser, desk, `/${path}`, { token, ...options });
    const { page } = visit;
    await settled(page);
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    const name = `${path}-${look}.png`;
    await page.screenshot({ path: shots + name });
    if (process.env.UPDATE_DOCS && look !== '4k') {
      await mkdir(docs, { recursive: true });
      await cp(shots + name, docs + name);
    }
    await visit.close();
  });
});
