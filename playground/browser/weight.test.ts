import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Desk, launchBrowser, openPage, settled, startDesk } from './harness';

/** Of all JavaScript that a first view loads, as it travels. */
const MOST_BYTES = 200 * 1024;

let browser: Browser;
let desk: Desk;
beforeAll(async () => {
  browser = await launchBrowser();
  desk = await startDesk({ open: true });
  await desk.track([{ name: 'session.start', sessionId: 's-1', data: { channel: 'app' } }]);
});
afterAll(async () => {
  await browser?.close();
  await desk?.close();
});

test.each(['monitoring', 'dashboard', 'quality', 'billing'])(
  'the first view of %s takes less than 200 KiB of JavaScript, compressed',
  async (path) => {
    const visit = await openPage(browser, desk, `/${path}`);
    const { page } = visit;
    await settled(page);
    const scripts = await page.evaluate(() =>
      performance
        .getEntriesByType('resource')
        .map((entry) => entry as PerformanceResourceTiming)
        .filter(({ name }) => new URL(name).pathname.endsWith('.js'))
        .map(({ encodedBodySize, decodedBodySize }) => ({ encodedBodySize, decodedBodySize })),
    );
    const sum = (sizes: number[]) => sizes.reduce((before, size) => before + size, 0);
    const sent = sum(scripts.map((script) => script.encodedBodySize));
    expect(sent).toBeGreaterThan(0);
    expect(sent).toBeLessThan(MOST_BYTES);
    expect(sent).toBeLessThan(sum(scripts.map((script) => script.decodedBodySize)) / 2);
    await visit.close();
  },
);
