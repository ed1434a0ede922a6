import { type Browser, chromium, type Page } from 'playwright-core';

/** The playground in a browser, and what it did that nobody should have to see. */
export interface OpenPage {
  page: Page;
  /** Errors and warnings of the console and of scripts, refusals by the content security policy among them. */
  errors: string[];
  /** Addresses asked for outside the origin of the page. */
  strayRequests: string[];
}

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

/** Opens the playground as on a first visit: with an empty localStorage. */
export async function openPlayground(browser: Browser, baseUrl: string): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const errors: string[] = [];
  const strayRequests: string[] = [];
  const { host } = new URL(baseUrl);
  const note = (address: string) => {
    const url = new URL(address);
    if (/^(http|ws)s?:$/.test(url.protocol) && url.host !== host) {
      strayRequests.push(address);
    }
  };

  context.on('request', (request) => note(request.url()));
  page.on('websocket', (socket) => note(socket.url()));
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') {
      errors.push(message.text());
    }
  });

  await page.goto(new URL('/playground/', baseUrl).href);
  await page.locator('.graphiql-query-editor .view-line').first().waitFor();
  return { page, errors, strayRequests };
}

export function tabTitles(page: Page): Promise<string[]> {
  return page.locator('.graphiql-tab-button').allTextContents();
}

export function openTab(page: Page, title: string): Promise<void> {
  return page.locator('.graphiql-tab-button', { hasText: new RegExp(`^${title}$`) }).click();
}

export function openSavedQuery(page: Page, name: string): Promise<void> {
  const title = page.locator('.saved-query-name', { hasText: new RegExp(`^${name}$`) });
  return page
    .getByRole('region', { name: 'Saved queries' })
    .locator('button')
    .filter({ has: title })
    .click();
}

export function runOperation(page: Page): Promise<void> {
  return page.getByRole('button', { name: /^Execute query/ }).click();
}

/** What the response pane shows; Monaco writes its blanks as no-break spaces. */
export async function responseText(page: Page): Promise<string> {
  const lines = await page.locator('.graphiql-response .view-line').allTextContents();
  return lines.join('\n').replaceAll('\u00a0', ' ');
}

/** Whether the active tab lies within the strip of tabs, which hides what does not fit. */
export function isActiveTabInSight(page: Page): Promise<boolean> {
  return page.locator('.graphiql-tab-active').evaluate((element) => {
    const strip = element.parentElement?.getBoundingClientRect();
    const { left, right } = element.getBoundingClientRect();
    return strip !== undefined && left >= strip.left - 1 && right <= strip.right + 1;
  });
}
