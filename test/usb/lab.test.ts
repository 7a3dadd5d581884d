import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSimulatedReader } from '../../src/simulator/reader/index.ts';
import { createSimulatedUsb } from '../../src/simulator/usb/index.ts';
import { ToyCard } from '../unit/simulator/reader/toy-card.ts';
import { IWA_ORIGIN, type Lab, startLab } from './lab.ts';
import { emptyApp, probe } from './lab-page.ts';
import { type TestServer, serve } from './server.ts';

const hid = {
  interfaceClass: 3,
  interfaceSubclass: 1,
  interfaceProtocol: 1,
  endpoints: [{ address: 0x84, type: 'interrupt' as const, packetBytes: 8, interval: 10 }],
};
const reader = createSimulatedReader({ productName: 'Class 0B', cards: [new ToyCard()] });
const vendorReader = createSimulatedReader({ productName: 'Class FF', productId: 0x0fff, interfaceClass: 0xff, cards: [new ToyCard()] });
const blocked = createSimulatedReader({
  productName: 'Blocked key',
  vendorId: 0x1050,
  productId: 0x0407,
  interfacesBefore: [hid],
  cards: [new ToyCard()],
});
const grants = [reader, vendorReader, blocked].map(({ device: { options } }) => ({
  vendorId: options.vendorId,
  productId: options.productId,
  serialNumber: options.serialNumber ?? '',
}));

let server: TestServer;
let lab: Lab;
let page: Page;
let iwa: Page;

beforeAll(async () => {
  server = await serve(emptyApp());
  lab = await startLab({ grants: { [server.origin]: grants, [IWA_ORIGIN]: grants } });
  lab.bus.plug('1-1', reader.device);
  lab.bus.plug('1-2', vendorReader.device);
  lab.bus.plug('1-3', blocked.device);
  await lab.installIwa(server.origin);
  page = await lab.open(`${server.origin}/`);
  iwa = await lab.open(`${IWA_ORIGIN}/`);
});

afterAll(async () => {
  await lab?.close();
  server?.close();
});

describe('an ordinary page in the real browser', () => {
  it('sees a class 0B reader and its descriptor, and may not claim it', async () => {
    const seen = await page.evaluate(probe, 'Class 0B');
    expect(seen).toMatchObject({ open: 'ok', selectConfiguration: 'ok', reset: 'ok', close: 'ok' });
    expect(seen?.['claim']).toMatch(/^SecurityError.*protected class/);
    expect(seen?.['descriptor']).toMatch(/^ok 09025d00010100803209040000030b00000036211001/);
  });

  it('works with a class FF reader', async () => {
    expect(await page.evaluate(probe, 'Class FF')).toMatchObject({
      claim: 'ok',
      unknownRequest: 'stall ',
      powerOn: 'ok 800400000000010000003b800181',
      select: 'ok 800200000000020000006d00',
      tooSmall: 'babble ',
    });
  });

  it('does not see a block-listed key in spite of a stored permission', async () => {
    expect(await page.evaluate(probe, 'Blocked key')).toBeNull();
  });
});

describe('the Isolated Web App', () => {
  it.each(['Class 0B', 'Class FF', 'Blocked key'])('works with %s', async (name) => {
    expect(await iwa.evaluate(probe, name)).toMatchObject({
      claim: 'ok',
      powerOn: 'ok 800400000000010000003b800181',
      select: 'ok 800200000000020000006d00',
    });
  });

  it('is told of cards and of the reader coming and going', async () => {
    await iwa.evaluate(async () => {
      const seen: string[] = [];
      Object.assign(globalThis, { seen });
      navigator.usb.onconnect = () => seen.push('connect');
      navigator.usb.ondisconnect = () => seen.push('disconnect');
      const device = (await navigator.usb.getDevices()).find((item) => item.productName === 'Class 0B');
      if (device === undefined) throw new Error('no reader');
      await device.open();
      await device.claimInterface(0);
      const watch = async (): Promise<void> => {
        for (;;) seen.push([...new Uint8Array((await device.transferIn(3, 8)).data?.buffer ?? new ArrayBuffer(0))].join());
      };
      watch().catch((error: unknown) => seen.push(`ended: ${(error as Error).name}`));
    });
    const seen = (): Promise<string[]> => iwa.evaluate(() => (globalThis as unknown as { seen: string[] }).seen);
    await expect.poll(seen).toContain('80,3');
    reader.remove();
    await expect.poll(seen).toContain('80,2');
    lab.bus.unplug('1-1');
    await expect.poll(seen).toContain('disconnect');
    reader.insert(new ToyCard());
    lab.bus.plug('1-1', reader.device);
    await expect.poll(seen).toContain('connect');
    const all = await seen();
    expect(all.find((text) => text.startsWith('ended'))).toMatch(/NetworkError|AbortError|NotFoundError/);
    expect(all.findIndex((text) => text.startsWith('ended'))).toBeLessThan(all.indexOf('disconnect'));
    expect(all.at(-1)).toBe('connect');
  });
});

describe('the simulated navigator.usb', () => {
  it.each([
    ['an ordinary page', true, () => page],
    ['an Isolated Web App', false, () => iwa],
  ] as const)('allows and refuses what Chromium does in %s, word for word', async (_name, ordinaryPage, real) => {
    for (const [productName, item] of [
      ['Class 0B', createSimulatedReader({ productName: 'Class 0B', cards: [new ToyCard()] })] as const,
      ['Class FF', createSimulatedReader({ productName: 'Class FF', interfaceClass: 0xff, cards: [new ToyCard()] })] as const,
    ]) {
      const usb = createSimulatedUsb([item.device], { ordinaryPage });
      const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
      Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { usb } });
      let simulated: Record<string, string> | null;
      try {
        simulated = await probe(productName);
      } finally {
        if (before !== undefined) Object.defineProperty(globalThis, 'navigator', before);
      }
      const bare = (all: Record<string, string> | null): Record<string, string> =>
        Object.fromEntries(Object.entries(all ?? {}).map(([step, text]) => [step, text.replace(/Failed to execute '\w+' on 'USBDevice': /, '')]));
      expect(bare(simulated)).toEqual(bare(await real().evaluate(probe, productName)));
    }
  });
});
