import type { Browser, Page } from 'playwright-core';
import { type Desk, openPage, type Visit, type VisitOptions } from './harness';

/** Opens the playground, and waits until it can be written in. */
export async function openPlayground(
  browser: Browser,
  desk: Desk,
  options: VisitOptions & { hash?: string } = {},
): Promise<Visit> {
  const { hash = '', ...visiting } = options;
  const visit = await openPage(browser, desk, `/playground/${hash}`, {
    width: 1280,
    height: 800,
    ...visiting,
  });
  await isReady(visit.page);
  return visit;
}

export function isReady(page: Page): Promise<void> {
  return page.locator('.graphiql-query-editor .view-line').first().waitFor();
}

export function tabTitles(page: Page): Promise<string[]> {
  return page.locator('.graphiql-tab-button').allTextContents();
}

export function activeTab(page: Page): Promise<string | null> {
  return page.locator('.graphiql-tab-active .graphiql-tab-button').textContent();
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

/** What the response pane shows. */
export function responseText(page: Page): Promise<string> {
  return textOf(page, '.graphiql-response');
}

export function variablesText(page: Page): Promise<string> {
  return textOf(page, '[aria-label="Variables"]');
}

export function openHeaders(page: Page): Promise<void> {
  return page.getByRole('button', { name: 'Headers', exact: true }).click();
}

/** What the opened pane of headers shows; its lines come a moment after it opens. */
export function headersText(page: Page): Promise<string> {
  return textOf(page, '[aria-label="Headers"]');
}

/** What an editor shows; Monaco writes its blanks as no-break spaces. */
async function textOf(page: Page, editor: string): Promise<string> {
  const lines = await page.locator(`${editor} .view-line`).allTextContents();
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
