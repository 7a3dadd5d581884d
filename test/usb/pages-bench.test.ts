import type { Page } from 'playwright';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { enroll as enrollWords } from '../../src/ui/messages/en/enroll.ts';
import { pages as words } from '../../src/ui/messages/en/pages.ts';
import { shared } from '../../src/ui/messages/en/shared.ts';
import { IWA_ORIGIN, type Lab, startLab } from './lab.ts';
import { enrollByMouse, type Wish } from './pages-hands.ts';
import { foreign, looks, servePages, watch, type Watch } from './pages-lab.ts';
import type { TestServer } from './server.ts';

const wish: Wish = { purpose: 'authentication', place: 'PIV 9A', keyType: 'RSA-2048', name: 'Ada Lovelace', pin: '123456' };

let server: TestServer;
let lab: Lab;
let page: Page;
let seen: Watch;
let workers: string[];

beforeAll(async () => {
  server = await servePages();
  // No reader at all on this bus.
  lab = await startLab();
  await lab.installIwa(server.origin);
});

afterAll(async () => {
  await lab?.close();
  server?.close();
});

afterEach(async () => {
  await page?.evaluate(() => localStorage.clear()).catch(() => {});
  await page?.close();
});

async function open(origin: string, file: string): Promise<void> {
  page = await lab.context.newPage();
  seen = watch(page);
  workers = [];
  page.on('worker', (worker) => workers.push(worker.url()));
  await page.setViewportSize({ width: 1100, height: 900 });
  await page.goto(`${origin}/${file}`);
}

const button = (name: string): ReturnType<Page['getByRole']> => page.getByRole('button', { name, exact: true });
const overview = (): Promise<void> => page.getByRole('heading', { name: enrollWords.overview.title, exact: true }).waitFor();
const state = (): Promise<string> => page.getByRole('complementary', { name: words.bench.title }).getByRole('status').first().innerText();

describe.each([
  ['an ordinary page', () => server.origin],
  ['the Isolated Web App', () => IWA_ORIGIN],
] as const)('a whole enrollment on the simulated card: %s', (_name, origin) => {
  it('one click, an RSA key from a worker, labels everywhere; the card is the same after a reload', async () => {
    await open(origin(), 'enroll.html');
    await button(words.bench.offerAction).click();
    await overview();
    expect(await page.getByText(shared.simulated, { exact: true }).count()).toBeGreaterThan(0);
    const { fingerprint } = await enrollByMouse(page, wish, { connected: true });
    await page.getByText(enrollWords.done.simulated).waitFor();
    expect(workers.filter((address) => /\/rsa-worker-[\w-]+\.js$/.test(address))).toHaveLength(1);
    await page.reload();
    await button(enrollWords.start.action).click();
    await overview();
    await page.getByRole('cell', { name: 'Ada Lovelace' }).waitFor();
    expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(foreign(seen.requests, origin())).toEqual([]);
    expect(seen.complaints).toEqual([]);
  });
});

describe('the simulated card', () => {
  it('pulled and unplugged is said in words, and comes back', async () => {
    await open(server.origin, 'enroll.html');
    await button(words.bench.offerAction).click();
    await overview();
    await button(words.bench.remove).click();
    await page.getByRole('heading', { name: enrollWords.overview.title, exact: true }).waitFor({ state: 'detached' });
    expect(await looks(page)).toEqual([]);
    await button(words.bench.insert).click();
    await expect.poll(state).toBe(words.bench.states.inserted);
    await button(words.bench.unplug).click();
    await expect.poll(state).toBe(words.bench.states.unplugged);
    expect(await looks(page)).toEqual([]);
    await button(words.bench.plug).click();
    expect(seen.complaints).toEqual([]);
  });

  it('each profile keeps its own card', async () => {
    await open(server.origin, 'enroll.html');
    await button(words.bench.offerAction).click();
    await overview();
    await page.getByText('YubiKey 5.7.1 (PIV)').first().waitFor();
    await page.getByRole('combobox', { name: words.bench.profile }).selectOption('nist');
    await page.reload();
    expect(await page.getByRole('combobox', { name: words.bench.profile }).inputValue()).toBe('nist');
    await button(enrollWords.start.action).click();
    await overview();
    expect(await page.getByText('YubiKey 5.7.1 (PIV)').count()).toBe(0);
  });

  it('a damaged memory makes a new card, not a broken page', async () => {
    await open(server.origin, 'enroll.html');
    await button(words.bench.offerAction).click();
    await overview();
    await page.evaluate(() => {
      localStorage.setItem('web-minidriver.bench.card.yubikey-5.7', '{"format":1,"profile":"yubikey-5.7","serial":-1}');
    });
    await page.reload();
    await button(enrollWords.start.action).click();
    await overview();
    await page.evaluate(() => localStorage.setItem('web-minidriver.bench', '{{'));
    await page.reload();
    await button(words.bench.offerAction).waitFor();
    expect(seen.complaints).toEqual([]);
  });

  it('another page of ours follows', async () => {
    await open(server.origin, 'enroll.html');
    const other = await lab.open(`${server.origin}/diagnostics.html`);
    await button(words.bench.offerAction).click();
    await other.getByText(words.bench.states.inserted).waitFor();
    await button(words.bench.remove).click();
    await other.getByText(words.bench.states.empty).waitFor();
    await other.close();
  });
});

describe('the bench', () => {
  it('is one click away, labelled, and follows hands and cable', async () => {
    await open(server.origin, '');
    await button(words.bench.offerAction).click();
    await page.getByText(words.bench.label, { exact: true }).waitFor();
    await page.getByText(words.bench.secrets).waitFor();
    await page.getByText(shared.access.usable, { exact: true }).first().waitFor();
    await button(words.bench.remove).click();
    await expect.poll(state).toBe(words.bench.states.empty);
    await button(words.bench.unplug).click();
    await expect.poll(state).toBe(words.bench.states.unplugged);
    await expect.poll(() => page.getByRole('heading', { name: 'Simulated reader', level: 3 }).count()).toBe(0);
    await page.reload();
    await expect.poll(state).toBe(words.bench.states.unplugged);
    await button(words.bench.plug).click();
    await button(words.bench.insert).click();
    await expect.poll(state).toBe(words.bench.states.inserted);
    await page.reload();
    await expect.poll(state).toBe(words.bench.states.inserted);
    expect(seen.complaints).toEqual([]);
  });

  it('takes a new card only after a question', async () => {
    await open(server.origin, 'enroll.html');
    await button(words.bench.offerAction).click();
    await button(words.bench.reset).click();
    const dialog = page.getByRole('dialog', { name: words.bench.resetTitle });
    await dialog.getByText(words.bench.resetText).waitFor();
    expect(await looks(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await button(words.bench.reset).click();
    await dialog.getByRole('button', { name: words.bench.resetConfirm }).click();
    await dialog.waitFor({ state: 'hidden' });
    await expect.poll(state).toBe(words.bench.states.inserted);
  });
});
