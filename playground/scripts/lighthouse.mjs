// Lighthouse over the Dashboard of a running service, for a desktop and for a slow phone:
//   DESKPULSE_URL=http://127.0.0.1:8080 npm run lighthouse
// A benchmark and no test: what else the machine does is in the figures.
import lighthouse, { desktopConfig } from 'lighthouse';
import { chromium } from 'playwright-core';

const PORT = 9222;
const RUNS = 3;
const url = new URL('/dashboard', process.env.DESKPULSE_URL ?? 'http://127.0.0.1:8080').href;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-background-networking', `--remote-debugging-port=${PORT}`],
});
const flags = { port: PORT, onlyCategories: ['performance', 'accessibility'], logLevel: 'error' };
for (const [name, config] of [
  ['desktop', desktopConfig],
  ['phone', undefined],
]) {
  for (let run = 0; run < RUNS; run += 1) {
    const { lhr } = await lighthouse(url, flags, config);
    const score = ({ score }) => Math.round(score * 100);
    const shown = (id) => lhr.audits[id].displayValue;
    console.log(
      `${name}: performance ${score(lhr.categories.performance)}, ` +
        `accessibility ${score(lhr.categories.accessibility)}; ` +
        `FCP ${shown('first-contentful-paint')}, LCP ${shown('largest-contentful-paint')}, ` +
        `TBT ${shown('total-blocking-time')}, CLS ${shown('cumulative-layout-shift')}`,
    );
    for (const { id, title, score: passed } of Object.values(lhr.audits)) {
      const isAccessibility = lhr.categories.accessibility.auditRefs.some((ref) => ref.id === id);
      if (isAccessibility && passed !== null && passed < 1) {
        console.log(`  ${id}: ${title}`);
      }
    }
  }
}
await browser.close();
