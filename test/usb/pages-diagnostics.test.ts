import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPivCard } from '../../src/simulator/card/index.ts';
import { createSimulatedReader } from '../../src/simulator/reader/index.ts';
import { diagnostics as words } from '../../src/ui/messages/en/diagnostics.ts';
import { enroll as enrollWords } from '../../src/ui/messages/en/enroll.ts';
import { shared } from '../../src/ui/messages/en/shared.ts';
import { findSecrets, type Secret } from '../secret-search.ts';
import { type CardTools, cardTools } from './card-tools.ts';
import { IWA_ORIGIN, type Lab, startLab } from './lab.ts';
import { enrollByMouse } from './pages-hands.ts';
import { bodyText, foreign, looks, servePages, watch, type Watch } from './pages-lab.ts';
import { KNOWN_READER, type Pcsc, startPcsc } from './pcsc.ts';
import type { TestServer } from './server.ts';

/** Rare values, so that they are not found by chance. */
const PIN = '84739261';
const PUK = '60582917';
const octets = (text: string): Uint8Array => new TextEncoder().encode(text);
const hex = (text: string): string => Buffer.from(text).toString('hex');

interface Reference {
  readonly value: string;
}

interface CardImage {
  readonly pin: Reference;
  readonly puk: Reference;
  readonly management: { readonly key: string };
  readonly keys: readonly (readonly [number, { readonly secret?: string; readonly rsa?: Readonly<Record<string, string>> }])[];
}

/** A card as its owner has it: with a PIN and a PUK of its own. */
function ownedCard(): ReturnType<typeof createPivCard> {
  const image = createPivCard({ profile: 'yubikey-5.7' }).save() as CardImage;
  return createPivCard({
    profile: 'yubikey-5.7',
    image: { ...image, pin: { ...image.pin, value: hex(PIN) }, puk: { ...image.puk, value: hex(PUK) } },
  });
}

const card = ownedCard();
const reader = createSimulatedReader({ ...KNOWN_READER, productName: 'Standard reader', level: 'short-apdu', cards: [card] });

let server: TestServer;
let lab: Lab;
let deviceNumber: number;
let page: Page;
let seen: Watch;
let pcsc: Pcsc | undefined;
let tools: CardTools | undefined;
/** Everything that pages told: texts, addresses, events, storage, console. */
const told: unknown[] = [];

beforeAll(async () => {
  server = await servePages();
  const { vendorId, productId, serialNumber } = reader.device.options;
  const grant = [{ vendorId, productId, serialNumber: serialNumber ?? '' }];
  lab = await startLab({ grants: { [server.origin]: grant, [IWA_ORIGIN]: grant } });
  deviceNumber = lab.bus.plug('1-1', reader.device);
  await lab.installIwa(server.origin);
});

afterAll(async () => {
  tools?.dispose();
  await pcsc?.stop();
  await lab?.close();
  server?.close();
});

async function open(origin: string, file: string): Promise<void> {
  page = await lab.context.newPage();
  seen = watch(page);
  page.on('console', (message) => told.push(message.text()));
  await page.setViewportSize({ width: 1100, height: 900 });
  await page.goto(`${origin}/${file}`);
}

/** Takes down what the page says now. */
async function note(): Promise<void> {
  told.push(page.url(), await bodyText(page), await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }])));
  told.push([...seen.requests, ...seen.complaints]);
}

const press = (name: string | RegExp): Promise<void> => page.getByRole('button', { name, exact: true }).click();

/** The preview of the report, with everything ticked in. */
async function report(): Promise<string> {
  await page.getByRole('checkbox', { name: words.includePersonal }).check();
  await page.getByRole('checkbox', { name: words.includeLog }).check();
  await page.getByText(words.reportPreview).click();
  return page.locator('wm-diagnostics pre').last().innerText();
}

describe('the diagnostics page of the Isolated Web App on a class 0B reader', () => {
  it('reads the card without a PIN and changes nothing', async () => {
    const before = JSON.stringify(card.save());
    await open(IWA_ORIGIN, 'diagnostics.html');
    await press(words.start.action);
    await page.getByRole('heading', { name: words.readersTitle }).waitFor();
    await page.getByText(shared.access.usable, { exact: true }).waitFor();
    expect(await looks(page)).toEqual([]);
    await press(words.testNamed('Standard reader'));
    await page.getByText(words.appletStates.found).first().waitFor();
    await page.getByRole('heading', { name: words.resultsTitle('Standard reader') }).waitFor();
    expect(await looks(page)).toEqual([]);
    expect(reader.journal.verifiesWithData).toEqual([]);
    expect(JSON.stringify(card.save())).toBe(before);
    expect(foreign(seen.requests, IWA_ORIGIN)).toEqual([]);
    expect(seen.complaints).toEqual([]);
  });

  it('shows the answer to reset that OpenSC reads too', async () => {
    const text = (await bodyText(page)).replaceAll(' ', '');
    await page.close();
    pcsc = await startPcsc(lab.bus, deviceNumber);
    tools = cardTools(pcsc);
    const atr = (await tools.opensc('opensc-tool', '--atr')).trim().replaceAll(':', '').toUpperCase();
    expect(atr).toMatch(/^3B[0-9A-F]{10,}$/);
    expect(text).toContain(atr);
    tools.dispose();
    await pcsc.stop();
    [tools, pcsc] = [undefined, undefined];
  });
});

describe('secrets', () => {
  it('stand in nothing that a page says during and after an enrollment, nor in the fullest report', async () => {
    await open(IWA_ORIGIN, 'embed.html');
    await enrollByMouse(page, { purpose: 'authentication', place: 'PIV 9A', keyType: 'P-256', name: 'Ada Lovelace', pin: PIN });
    await note();
    await page.close();
    await open(IWA_ORIGIN, 'enroll.html');
    await enrollByMouse(page, { purpose: 'signature', place: 'PIV 9C', keyType: 'RSA-2048', name: 'Ada Lovelace', pin: PIN });
    await note();
    await page.close();
    await open(IWA_ORIGIN, 'diagnostics.html');
    await press(words.start.action);
    await press(words.testNamed('Standard reader'));
    await page.getByText(words.appletStates.found).first().waitFor();
    await expect.poll(() => page.getByRole('button', { name: words.testNamed('Standard reader') }).isEnabled()).toBe(true);
    const text = await report();
    expect(text).toContain('Ada Lovelace');
    expect(text).toMatch(/SELECT/);
    told.push(text);
    await note();
    await page.close();

    const image = card.save() as CardImage;
    const secrets: Secret[] = [
      { name: 'PIN', octets: octets(PIN) },
      { name: 'PUK', octets: octets(PUK) },
      { name: 'management key', octets: Buffer.from(image.management.key, 'hex') },
      ...image.keys.flatMap(([slot, key]) =>
        [key.secret, ...['p', 'q', 'dP', 'dQ', 'qInv'].map((part) => key.rsa?.[part])].flatMap((value) =>
          value === undefined ? [] : [{ name: `private key ${slot.toString(16)}`, octets: Buffer.from(value, 'hex') }],
        ),
      ),
    ];
    // PIN, PUK and 9B; the attestation key F9; 9A; the five numbers of 9C.
    expect(secrets).toHaveLength(3 + 1 + 1 + 5);
    expect(JSON.stringify(told).length).toBeGreaterThan(5000);
    expect(findSecrets(told, secrets)).toEqual([]);
    expect(findSecrets([told, { status: `sent ${hex(PIN)}` }], secrets)).not.toEqual([]);
    expect(findSecrets([told, [...octets(PUK)]], secrets)).not.toEqual([]);
  });
});

describe('the same page at an ordinary origin', () => {
  it('names the reader, its descriptor and the shut door, and reaches no card', async () => {
    await open(server.origin, 'diagnostics.html');
    reader.journal.clear();
    await press(words.start.action);
    await page.getByText(shared.access.notUsable, { exact: true }).waitFor();
    await page.getByText(shared.access.reasons['protected-class'].title).first().waitFor();
    await page.getByText(words.descriptor).first().click();
    await page.getByText('dwMaxCCIDMessageLength').first().waitFor();
    expect(await looks(page)).toEqual([]);
    expect(reader.journal.apdus).toEqual([]);
    expect(await page.getByRole('button', { name: enrollWords.start.action }).count()).toBe(0);
    await page.close();
  });
});
