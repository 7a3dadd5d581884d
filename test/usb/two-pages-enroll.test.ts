import type { Locator, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPivCard, webCryptoGenerateRsa } from '../../src/simulator/card/index.ts';
import { createSimulatedReader } from '../../src/simulator/reader/index.ts';
import { enroll as words } from '../../src/ui/messages/en/enroll.ts';
import { shared } from '../../src/ui/messages/en/shared.ts';
import { type Lab, startLab } from './lab.ts';
import { servePages } from './pages-lab.ts';
import type { TestServer } from './server.ts';

/* Two tabs of the built enrollment page on one reader: what a person reads in the second, and that the first is not disturbed. */

/** While it is closed, the card works at a key. */
let gate: Promise<void> = Promise.resolve();
const reader = createSimulatedReader({
  productName: 'Shared reader',
  productId: 0x0d11,
  interfaceClass: 0xff,
  cards: [
    createPivCard({
      profile: 'yubikey-5.7',
      generateRsa: async (modulusBits) => {
        await gate;
        return webCryptoGenerateRsa(modulusBits);
      },
    }),
  ],
});

let server: TestServer;
let lab: Lab;

beforeAll(async () => {
  server = await servePages();
  const { vendorId, productId, serialNumber } = reader.device.options;
  lab = await startLab({ grants: { [server.origin]: [{ vendorId, productId, serialNumber: serialNumber ?? '' }] } });
  lab.bus.plug('1-1', reader.device);
});

afterAll(async () => {
  await lab?.close();
  server?.close();
});

const button = (page: Page, name: string): Locator => page.getByRole('button', { name, exact: true });
const place = shared.placeName({ purpose: 'authentication', place: 'PIV 9A' });

describe('two tabs of the enrollment page', () => {
  it('the second is told in words that another tab has the reader, and gets it when that is done; the first enrolls undisturbed', async () => {
    const [a, b] = [await lab.open(`${server.origin}/enroll.html`), await lab.open(`${server.origin}/enroll.html`)];
    let finish: () => void = () => undefined;
    gate = new Promise((resolve) => {
      finish = resolve;
    });
    await a.bringToFront();
    await button(a, words.start.action).click();
    await button(a, words.overview.action).click();
    await a.getByRole('radio', { name: `${shared.purposes.authentication} PIV 9A` }).check();
    await a.getByRole('combobox', { name: words.chooseKey.keyType }).selectOption('RSA-2048');
    await a.getByRole('textbox', { name: words.chooseKey.commonName, exact: true }).fill('Ada Lovelace');
    await button(a, words.chooseKey.action).click();
    await a.getByRole('radio', { name: words.managementKey.modes.default.title }).check();
    await button(a, words.managementKey.action).click();
    await a.getByRole('textbox', { name: words.pin.label, exact: true }).fill('123456');
    await button(a, words.pin.action).click();
    await expect.poll(() => reader.journal.count(0x47)).toBe(1);

    await b.bringToFront();
    await button(b, words.start.action).click();
    await b.getByRole('heading', { name: words.denied.title('Shared reader') }).waitFor();
    const { title, text } = shared.access.reasons['in-use'];
    await b.getByText(title, { exact: true }).waitFor();
    await b.getByText(text, { exact: true }).waitFor();
    await b.getByText(shared.access.remedies['close-other-page'].text).waitFor();

    finish();
    await a.bringToFront();
    await button(a, words.request.issueBy(words.request.authorityNames['demonstration'] ?? '')).click();
    await button(a, words.certificateReady.action(place)).click();
    await a.getByRole('heading', { name: words.done.title(place) }).waitFor({ timeout: 60_000 });

    await b.bringToFront();
    await button(b, shared.retry).click();
    await button(b, words.overview.action).waitFor();
    // The first tab is done with it, and may have it back.
    await a.bringToFront();
    await button(a, words.done.again).click();
    await button(a, words.overview.action).waitFor();
    expect(reader.journal.verifiesWithData.every(({ sw }) => sw === 0x9000)).toBe(true);
    expect(reader.journal.count(0x47)).toBe(1);
  });
});
