import type { Page } from 'playwright';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createPivCard } from '../../src/simulator/card/index.ts';
import { createSimulatedReader } from '../../src/simulator/reader/index.ts';
import { enroll as germanEnroll } from '../../src/ui/messages/de/enroll.ts';
import { pages as german } from '../../src/ui/messages/de/pages.ts';
import { readers as germanReaders } from '../../src/ui/messages/de/readers.ts';
import { pages as words } from '../../src/ui/messages/en/pages.ts';
import { readers as readerWords } from '../../src/ui/messages/en/readers.ts';
import { shared } from '../../src/ui/messages/en/shared.ts';
import { IWA_ORIGIN, type Lab, startLab } from './lab.ts';
import { foreign, looks, servePages, watch, type Watch } from './pages-lab.ts';
import type { TestServer } from './server.ts';

const standard = createSimulatedReader({ productName: 'Standard reader', cards: [createPivCard({ profile: 'nist' })] });
const vendor = createSimulatedReader({
  productName: 'Vendor reader',
  productId: 0x0fff,
  interfaceClass: 0xff,
  cards: [createPivCard({ profile: 'nist' })],
});
const grants = [standard, vendor].map(({ device: { options } }) => ({
  vendorId: options.vendorId,
  productId: options.productId,
  serialNumber: options.serialNumber ?? '',
}));
const files = ['index.html', 'enroll.html', 'diagnostics.html', 'embed.html'] as const;

let server: TestServer;
let lab: Lab;
let page: Page;
let seen: Watch;

beforeAll(async () => {
  server = await servePages();
  lab = await startLab({ grants: { [server.origin]: grants, [IWA_ORIGIN]: grants } });
  lab.bus.plug('1-1', standard.device);
  lab.bus.plug('1-2', vendor.device);
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
  await page.setViewportSize({ width: 1100, height: 900 });
  await page.goto(`${origin}/${file}`);
  await page.getByRole('main').getByRole('heading', { level: 1 }).waitFor();
}

const button = (name: string): ReturnType<Page['getByRole']> => page.getByRole('button', { name, exact: true });

describe.each([
  ['an ordinary page', () => server.origin],
  ['the Isolated Web App', () => IWA_ORIGIN],
] as const)('%s', (_name, origin) => {
  it.each(files)('%s: axe finds nothing, light and dark, narrow and wide; nothing is fetched from elsewhere', async (file) => {
    await open(origin(), file);
    expect(await looks(page)).toEqual([]);
    await button(words.bench.offerAction).click();
    await page.getByText(words.bench.states.inserted).waitFor();
    expect(await looks(page)).toEqual([]);
    expect(seen.requests.length).toBeGreaterThan(3);
    expect(foreign(seen.requests, origin())).toEqual([]);
    expect(seen.complaints).toEqual([]);
  });
});

describe('the start page', () => {
  it('an ordinary page: the shut door of a class 0B reader and the ways out, a class FF reader is usable', async () => {
    await open(server.origin, '');
    await button(readerWords.start.action).click();
    const item = (name: string): ReturnType<Page['getByRole']> => page.getByRole('listitem').filter({ has: page.getByRole('heading', { name }) });
    await item('Standard reader').getByText(shared.access.notUsable, { exact: true }).waitFor();
    await item('Standard reader').getByText(shared.access.reasons['protected-class'].title).waitFor();
    await item('Standard reader').getByText(shared.access.remedies['isolated-web-app'].text).waitFor();
    await item('Vendor reader').getByText(shared.access.usable, { exact: true }).waitFor();
    expect(await looks(page)).toEqual([]);
    await item('Vendor reader').getByRole('button').click();
    await page.waitForURL(`${server.origin}/enroll.html`);
  });

  it('the Isolated Web App: both are usable', async () => {
    await open(IWA_ORIGIN, '');
    await button(readerWords.start.action).click();
    await expect.poll(() => page.getByText(shared.access.usable, { exact: true }).count()).toBe(2);
    expect(standard.journal.apdus).toEqual([]);
  });

  it('names every door with what it takes and whether it was tested', async () => {
    await open(server.origin, '');
    const rows = await page.getByRole('table', { name: words.start.doorsTitle }).getByRole('row').allInnerTexts();
    expect(rows).toHaveLength(1 + words.start.doors.length);
    words.start.doors.forEach((door, i) => expect(rows[i + 1]).toContain(door.state));
  });
});

describe('around the elements', () => {
  it('the keyboard alone skips to the content and walks through the pages', async () => {
    await open(server.origin, 'enroll.html');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(words.skip);
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
    await page.reload();
    await page.getByRole('link', { name: words.product }).focus();
    for (const next of [words.nav.start, words.nav.enroll, words.nav.diagnostics]) {
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(next);
    }
    await page.keyboard.press('Enter');
    await page.waitForURL(`${server.origin}/diagnostics.html`);
    expect(await page.getByRole('link', { name: words.nav.diagnostics }).getAttribute('aria-current')).toBe('page');
    expect(await page.title()).toBe(`${words.diagnostics.title} - ${words.product}`);
  });

  it.each([360, 600, 768, 1280])('%i pixels wide: the order of focus in the header is the order on the screen', async (width) => {
    await open(server.origin, 'enroll.html');
    await page.setViewportSize({ width, height: 800 });
    await page.getByRole('combobox', { name: words.language }).waitFor();
    const walk = async (): Promise<{ readonly names: string[]; readonly places: number[] }> => {
      const names: string[] = [];
      const places: number[] = [];
      await page.getByRole('link', { name: words.product }).focus();
      for (let i = 0; i < 6; i++) {
        const at = await page.evaluate(() => {
          const { top, bottom, left } = document.activeElement?.getBoundingClientRect() ?? new DOMRect();
          // Rows are told apart by the middle of what stands in them.
          return { name: document.activeElement?.className ?? '', place: Math.round((top + bottom) / 2 / 24) * 10_000 + left };
        });
        names.push(at.name);
        places.push(at.place);
        await page.keyboard.press('Tab');
      }
      return { names, places };
    };
    const inOrder = (places: readonly number[]): boolean => places.every((place, i) => i === 0 || place > (places[i - 1] ?? 0));
    const { names, places } = await walk();
    expect(names).toContain('language');
    expect(places.join(' '), names.join(' ')).toBe([...places].sort((a, b) => a - b).join(' '));
    expect(inOrder(places)).toBe(true);
    // The check can fail: the languages drawn first and reached as ever.
    await page.evaluate(() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync('header .bar { reading-flow: normal !important } select.language { order: -1 !important }');
      document.adoptedStyleSheets.push(sheet);
    });
    expect(inOrder((await walk()).places)).toBe(false);
  });

  it('German is one choice away, kept over a reload, and axe finds nothing in it', async () => {
    await open(server.origin, '');
    await page.getByRole('combobox', { name: words.language }).selectOption('de');
    await page.getByRole('button', { name: germanReaders.start.action, exact: true }).waitFor();
    for (const file of ['', 'enroll.html']) {
      await page.goto(`${server.origin}/${file}`);
      await page.locator('html[lang=de]').waitFor();
      await page.getByRole('navigation', { name: german.navigation }).waitFor();
      await page.getByRole('button', { name: file === '' ? germanReaders.start.action : germanEnroll.start.action, exact: true }).waitFor();
      expect(await looks(page)).toEqual([]);
    }
    await page.getByRole('combobox', { name: german.language }).selectOption('en');
    await page.getByRole('navigation', { name: words.navigation }).waitFor();
    expect(seen.complaints).toEqual([]);
  });

  it.each(files)('%s without its program says so in words', async (file) => {
    page = await lab.context.newPage();
    await page.route('**/*.js', (route) => route.abort());
    await page.goto(`${server.origin}/${file}`);
    await page.getByRole('heading', { name: words.notLoaded.title }).waitFor();
    await page.getByText(words.notLoaded.text).waitFor();
  });

  it('these checks can fail: a foreign picture is seen and refused, a nameless button is found', async () => {
    await open(server.origin, '');
    await page.evaluate(() => {
      const image = document.createElement('img');
      image.src = 'http://127.0.0.1:9/picture.png';
      document.querySelector('main')?.append(image, document.createElement('button'));
    });
    await expect.poll(() => seen.complaints.some((text) => /Content Security Policy/.test(text))).toBe(true);
    expect(foreign(['http://127.0.0.1:9/picture.png', `${server.origin}/x.js`], server.origin)).toEqual(['http://127.0.0.1:9/picture.png']);
    const found = (await looks(page)).join();
    expect(found).toContain('button-name');
    expect(found).toContain('image-alt');
  });

  it('no script of the page may be made from text', async () => {
    await open(server.origin, '');
    const outcome = await page.evaluate(() => {
      const script = document.createElement('script');
      try {
        script.textContent = 'window.injected = 1';
        document.body.append(script);
        return 'injected' in window ? 'ran' : 'blocked';
      } catch (error) {
        return (error as Error).name;
      }
    });
    expect(outcome).toBe('TypeError');
  });
});
