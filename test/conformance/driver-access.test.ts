import { describe, expect, it } from 'vitest';
import { createWebUsbSource } from '../../src/channel/index.ts';
import { createSimulatedReader, createSimulatedUsb } from '../../src/simulator/index.ts';
import { hostEnvironment } from '../../src/usb/index.ts';
import { bench, openPage, withCard } from './driver-setup.ts';
import { EchoCard } from './echo-card.ts';

const ECHO = Uint8Array.of(0x80, 0xee, 0, 0, 3, 1, 2, 3, 0);
const ECHOED = Uint8Array.of(1, 2, 3, 0x90, 0);

describe('access verdicts', () => {
  it('ordinary page: protected class, and the descriptor is read all the same', async () => {
    const { source, reader } = await bench({}, {}, { ordinaryPage: true }, { ...openPage, isolatedApp: false });
    expect(await source.access(reader)).toMatchObject({
      reason: 'protected-class',
      reachable: false,
      remedies: ['isolated-web-app', 'vendor-class-reader', 'simulated-reader'],
    });
    const description = await reader.describe();
    expect(description.ccid.find((each) => each.name === 'dwFeatures')?.detail).toContain('short and extended APDU level');
    await expect(reader.open()).rejects.toMatchObject({ layer: 'usb', reason: 'protected-class' });
  });

  it('ordinary page: a vendor-class reader works', async () => {
    const { source, reader } = await bench({ interfaceClass: 0xff, cards: [new EchoCard(true)] }, {}, { ordinaryPage: true });
    expect(await source.access(reader)).toEqual({ reason: 'ready', reachable: true, remedies: [] });
    expect(await withCard(reader, (channel) => channel.transaction((card) => card.transmit(ECHO)))).toEqual(ECHOED);
  });

  it('held by another page: in use, and free again afterwards', async () => {
    const simulated = createSimulatedReader({ cards: [new EchoCard(true)] });
    const mine = createWebUsbSource({ usb: createSimulatedUsb([simulated.device]), environment: openPage });
    const theirs = createWebUsbSource({ usb: createSimulatedUsb([simulated.device]), environment: openPage });
    const [here] = await mine.list();
    const [there] = await theirs.list();
    if (here === undefined || there === undefined) throw new Error('no reader');
    const open = await there.open();
    expect(await mine.access(here)).toMatchObject({ reason: 'in-use', remedies: ['stop-pcscd', 'close-other-page', 'replug'] });
    await expect(here.open()).rejects.toMatchObject({ layer: 'usb', reason: 'in-use' });
    await open.close();
    expect(await mine.access(here)).toMatchObject({ reason: 'ready' });
    // A reader that we hold ourselves is ready, and is not disturbed by the question.
    const own = await here.open();
    expect(await mine.access(here)).toMatchObject({ reason: 'ready' });
    await own.close();
  });

  it('open refused by the system', async () => {
    const { source, reader } = await bench({}, {}, { openRefused: () => true });
    expect(await source.access(reader)).toMatchObject({ reason: 'open-refused', remedies: ['udev-rule', 'close-other-page', 'replug'] });
    expect(await reader.describe()).toMatchObject({ ccid: [] });
  });

  it('no CCID descriptor', async () => {
    const { source, reader } = await bench({ ccidDescriptorPlace: 'absent' });
    expect(await source.access(reader)).toMatchObject({ reason: 'no-ccid-interface' });
  });

  it('no WebUSB, no secure context, no permission', async () => {
    const { reader, usb } = await bench({});
    const without = createWebUsbSource({ usb: undefined, environment: openPage });
    expect(await without.access(reader)).toMatchObject({ reason: 'no-webusb', reachable: false });
    expect(await without.list()).toEqual([]);
    for (const [facts, reason] of [
      [{ secureContext: false }, 'insecure-context'],
      [{ usbAllowed: false }, 'permissions-policy'],
    ] as const) {
      const source = createWebUsbSource({ usb, environment: { ...openPage, ...facts } });
      expect(await source.access(reader)).toMatchObject({ reason, reachable: false });
      expect(await source.list()).toEqual([]);
    }
  });
});

describe("a WebUSB object of one's own", () => {
  it("needs no environment in a script of Node's, nor a made-up one", async () => {
    const { usb } = await bench({});
    for (const options of [{}, { environment: hostEnvironment() }]) {
      const source = createWebUsbSource({ usb, ...options });
      const [reader] = await source.list();
      if (reader === undefined) throw new Error('the reader is not listed');
      expect(await source.access(reader)).toMatchObject({ reason: 'ready', reachable: true });
    }
  });
});

describe('choosing a reader', () => {
  it('answers null when the person chooses none', async () => {
    const usb = createSimulatedUsb([createSimulatedReader({}).device], { granted: false, choose: () => null });
    const source = createWebUsbSource({ usb, environment: openPage });
    expect(await source.list()).toEqual([]);
    expect(await source.request()).toBeNull();
  });

  it('answers the chosen reader, tells listeners, and lists the same object afterwards', async () => {
    const usb = createSimulatedUsb([createSimulatedReader({}).device], { granted: false });
    const source = createWebUsbSource({ usb, environment: openPage });
    let changes = 0;
    const stop = source.onChange(() => changes++);
    const chosen = await source.request();
    expect(changes).toBe(1);
    expect((await source.list())[0]).toBe(chosen);
    stop();
    await source.request();
    expect(changes).toBe(1);
  });
});
