import type { Page } from 'playwright';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createPivCard } from '../../src/simulator/card/index.ts';
import { createSimulatedReader } from '../../src/simulator/reader/index.ts';
import { shared } from '../../src/ui/messages/en/shared.ts';
import { enroll as words } from '../../src/ui/messages/en/enroll.ts';
import { type CardTools, cardTools, SLOT_9A, SLOT_9C } from './card-tools.ts';
import { IWA_ORIGIN, type Lab, startLab } from './lab.ts';
import { enrollByKeyboard, enrollByMouse, type Shown, type Wish } from './pages-hands.ts';
import { foreign, looks, servePages, watch, type Watch } from './pages-lab.ts';
import { KNOWN_READER, type Pcsc, startPcsc } from './pcsc.ts';
import type { TestServer } from './server.ts';

const PIN = '123456';
const signIn: Wish = { purpose: 'authentication', place: 'PIV 9A', keyType: 'P-256', name: 'Ada Lovelace', pin: PIN };
const sign: Wish = { purpose: 'signature', place: 'PIV 9C', keyType: 'RSA-2048', name: 'Ada Lovelace', pin: PIN };

/** Class 0x0B, a reader that libccid knows: Chromium and pcscd take turns at it. */
const standard = createSimulatedReader({
  ...KNOWN_READER,
  productName: 'Standard reader',
  level: 'short-apdu',
  cards: [createPivCard({ profile: 'yubikey-5.7' })],
});
const vendor = createSimulatedReader({
  productName: 'Vendor reader',
  productId: 0x0fff,
  interfaceClass: 0xff,
  cards: [createPivCard({ profile: 'nist' })],
});
const grant = ({ device: { options } }: typeof standard): { vendorId: number; productId: number; serialNumber: string } => ({
  vendorId: options.vendorId,
  productId: options.productId,
  serialNumber: options.serialNumber ?? '',
});

let server: TestServer;
let lab: Lab;
let deviceNumber: number;
let page: Page;
let seen: Watch;
let pcsc: Pcsc | undefined;
let tools: CardTools | undefined;

beforeAll(async () => {
  server = await servePages();
  lab = await startLab({ grants: { [server.origin]: [grant(standard), grant(vendor)], [IWA_ORIGIN]: [grant(standard)] } });
  deviceNumber = lab.bus.plug('1-1', standard.device);
  await lab.installIwa(server.origin);
});

afterEach(async () => {
  tools?.dispose();
  await pcsc?.stop();
  [tools, pcsc] = [undefined, undefined];
});

afterAll(async () => {
  await lab?.close();
  server?.close();
});

async function open(origin: string): Promise<void> {
  page = await lab.context.newPage();
  seen = watch(page);
  await page.setViewportSize({ width: 1100, height: 900 });
  await page.goto(`${origin}/enroll.html`);
}

describe('the Isolated Web App enrolls on a class 0B reader', () => {
  const shown: Shown[] = [];

  it.each([
    ['P-256 in 9A, by mouse', signIn, enrollByMouse],
    ['RSA-2048 in 9C, by the keyboard alone', sign, enrollByKeyboard],
  ] as const)('%s', async (_name, wish, enroll) => {
    standard.journal.clear();
    await open(IWA_ORIGIN);
    shown.push(await enroll(page, wish));
    expect(shown.at(-1)?.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    // No PIN was refused, and the simulated reader on the bus is a real one to the page.
    expect(standard.journal.verifiesWithData.every(({ sw }) => sw === 0x9000)).toBe(true);
    expect(await page.getByText(shared.simulated, { exact: true }).count()).toBe(0);
    expect(foreign(seen.requests, IWA_ORIGIN)).toEqual([]);
    expect(seen.complaints).toEqual([]);
    expect(await looks(page)).toEqual([]);
    await page.close();
  });

  it('what stands on the card is what the page showed, says OpenSC and says yubico-piv-tool, and the card signs with it', async () => {
    pcsc = await startPcsc(lab.bus, deviceNumber);
    tools = cardTools(pcsc);
    for (const [index, slot] of [SLOT_9A, SLOT_9C].entries()) {
      const { yubico, opensc } = await tools.readCertificates(slot);
      const bare = (fingerprint: string): string => fingerprint.replaceAll(':', '').toLowerCase();
      expect(bare(yubico.fingerprint256)).toBe(shown[index]?.fingerprint);
      expect(bare(opensc.fingerprint256)).toBe(shown[index]?.fingerprint);
      expect(yubico.subject).toBe('CN=Ada Lovelace');
      expect(yubico.issuer).toContain('not to be trusted');
      await tools.checkSignatures(slot, yubico, PIN);
    }
  });
});

describe('the same page at an ordinary origin', () => {
  it('says which door is shut for a class 0B reader, and how to go on', async () => {
    await open(server.origin);
    standard.journal.clear();
    await page.getByRole('button', { name: words.start.action }).click();
    await page.getByRole('heading', { name: words.denied.title('Standard reader') }).waitFor();
    await page.getByText(shared.access.reasons['protected-class'].text).waitFor();
    await page.getByText(shared.access.remedies['isolated-web-app'].text).waitFor();
    expect(standard.journal.apdus).toEqual([]);
    expect(await looks(page)).toEqual([]);
    await page.close();
  });

  it('enrolls on a class FF reader', async () => {
    lab.bus.unplug('1-1');
    lab.bus.plug('1-2', vendor.device);
    await open(server.origin);
    const { fingerprint } = await enrollByMouse(page, signIn);
    expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(vendor.journal.verifiesWithData.every(({ sw }) => sw === 0x9000)).toBe(true);
    expect(foreign(seen.requests, server.origin)).toEqual([]);
    expect(seen.complaints).toEqual([]);
    await page.close();
  });
});
