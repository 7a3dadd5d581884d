import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSimulatedReader } from '../../src/simulator/reader/index.ts';
import { ToyCard } from '../unit/simulator/reader/toy-card.ts';
import { appWith } from './bundle.ts';
import { type Display, startDisplay } from './display.ts';
import { IWA_ORIGIN, type Lab, startLab } from './lab.ts';
import { serve, type TestServer } from './server.ts';
import type {} from './driver-page.ts';

/** No permission is seeded here: the person at the real device chooser gives it. */
const reader = createSimulatedReader({ productName: 'Chosen reader', cards: [new ToyCard()] });

let display: Display;
let server: TestServer;
let lab: Lab;

beforeAll(async () => {
  display = await startDisplay();
  server = await serve(await appWith('driver-page.ts'));
  lab = await startLab({ display: display.name });
  lab.bus.plug('1-1', reader.device);
  await lab.installIwa(server.origin);
});

afterAll(async () => {
  await lab?.close();
  server?.close();
  display?.stop();
});

/** Clicks, and presses keys while the chooser is up until the page has its answer. */
async function choose(page: Page, ...keys: readonly string[]): Promise<string | null> {
  await page.bringToFront();
  await page.evaluate(() => {
    void window.driver.requestOnClick().then((name) => Object.assign(window, { chosen: { name } }));
  });
  await page.mouse.click(200, 200);
  const answer = (): Promise<{ name: string | null } | undefined> =>
    page.evaluate(() => (window as unknown as { chosen?: { name: string | null } }).chosen);
  for (let i = 0; i < 10; i++) {
    await page.waitForTimeout(1500);
    const now = await answer();
    if (now !== undefined) return now.name;
    await display.press(...keys);
  }
  throw new Error('the chooser did not answer');
}

async function ready(url: string): Promise<Page> {
  const page = await lab.open(url);
  await page.waitForFunction(() => 'driver' in window);
  return page;
}

describe('the real device chooser', () => {
  it.each([
    ['an ordinary page', () => `${server.origin}/`, 'protected-class'],
    ['an Isolated Web App', () => `${IWA_ORIGIN}/`, 'ready'],
  ] as const)('%s: cancel is no error, a choice is remembered', async (_name, url, reason) => {
    const page = await ready(url());
    expect(await page.evaluate(() => window.driver.list())).toEqual([]);
    expect(await choose(page, 'Escape')).toBeNull();
    await page.reload();
    await page.waitForFunction(() => 'driver' in window);
    expect(await choose(page, 'Tab', 'Down', 'Return')).toBe('Chosen reader');
    expect(await page.evaluate(() => window.driver.list())).toEqual(['Chosen reader']);
    expect(await page.evaluate(() => window.driver.access('Chosen reader'))).toMatchObject({ reason });
    await page.close();
  });
});
