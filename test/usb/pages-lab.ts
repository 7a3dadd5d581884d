import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Page, Request } from 'playwright';
import { folderFiles, serve, type TestServer } from './server.ts';

const root = path.resolve(import.meta.dirname, '..', '..');
const folder = path.join(root, 'dist', 'pages');

/** The built pages on loopback, as an ordinary origin and as the dev-mode proxy of the Isolated Web App. */
export function servePages(): Promise<TestServer> {
  if (!existsSync(path.join(folder, 'index.html'))) throw new Error('the pages are not built: npm run build');
  return serve(folderFiles(folder));
}

/** What a page did that it should not, gathered from its first moment. */
export interface Watch {
  /** Addresses that the page asked for. */
  readonly requests: string[];
  /** Console errors and warnings (a Content-Security-Policy speaks here), exceptions, failed requests. */
  readonly complaints: string[];
}

/** The browser's own words on a shut door, which the page puts into words of its own; and on a policy that only ChromeOS knows. */
const expected = ['implements a protected interface class', "Unrecognized feature: 'smart-card'"];

export function watch(page: Page): Watch {
  const seen: Watch = { requests: [], complaints: [] };
  page.on('request', (request: Request) => seen.requests.push(request.url()));
  page.on('requestfailed', (request) => seen.complaints.push(`failed: ${request.url()}`));
  page.on('response', (response) => {
    if (response.status() >= 400) seen.complaints.push(`${response.status()}: ${response.url()}`);
  });
  page.on('console', (message) => {
    if (expected.some((text) => message.text().includes(text))) return;
    if (['error', 'warning'].includes(message.type())) seen.complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => seen.complaints.push(`exception: ${error.message}`));
  return seen;
}

/** Requests that leave the page's own origin. */
export const foreign = (requests: readonly string[], origin: string): string[] =>
  requests.filter((address) => !address.startsWith(`${origin}/`) && !address.startsWith('blob:') && !address.startsWith('data:'));

const axeSource = readFileSync(path.join(root, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8');

/** axe's findings for the page as it stands. */
export async function axeFindings(page: Page): Promise<string[]> {
  // By the debugger, which the page's Content-Security-Policy does not bind.
  await page.evaluate(axeSource);
  const result = await page.evaluate<AxeResults>('axe.run(document, { resultTypes: ["violations"] })');
  return result.violations.map((item) => `${item.id}: ${item.nodes.map((node) => node.html).join(' ')}`);
}

/** axe in light and dark, narrow and wide; nothing may stick out sideways. */
export async function looks(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const width of [360, 1100]) {
      await page.setViewportSize({ width, height: 900 });
      const where = `${colorScheme} ${width}`;
      found.push(...(await axeFindings(page)).map((text) => `${where}: ${text}`));
      const beyond = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (beyond > 0) found.push(`${where}: ${beyond} pixels stick out`);
    }
  }
  await page.emulateMedia({ colorScheme: null });
  await page.setViewportSize({ width: 1100, height: 900 });
  return found;
}

/** Text of the whole page, shadow trees included, as it can be read. */
export const bodyText = async (page: Page): Promise<string> => (await page.locator('body').ariaSnapshot()).replace(/\s+/g, ' ');
