import { describe, expect, it, vi } from 'vitest';
import {
  CcidPipe,
  CcidSlot,
  clockFrequencies,
  dataRates,
  escape,
  findCcidInterfaces,
  getParameters,
  setDataRateAndClock,
  setParameters,
  slotErrorName,
} from '../../src/ccid/index.ts';
import { createSimulatedReader, createSimulatedUsb, type SimulatedReader, type SimulatedReaderOptions } from '../../src/simulator/index.ts';
import { parseConfiguration, UsbDevice } from '../../src/usb/index.ts';
import { AutoClock } from '../unit/channel/auto-clock.ts';
import { bench, firstSlot, withCard } from './driver-setup.ts';
import { EchoCard } from './echo-card.ts';
import { wiretap } from './wiretap.ts';

const ECHO = Uint8Array.of(0x80, 0xee, 0, 0, 3, 1, 2, 3, 0);
const ECHOED = Uint8Array.of(1, 2, 3, 0x90, 0);

/** A slot of a simulated reader without the channel above it. */
async function slotOf(
  options: SimulatedReaderOptions,
): Promise<{ readonly slot: CcidSlot; readonly simulated: SimulatedReader; readonly close: () => Promise<void> }> {
  const { clock = new AutoClock() } = options;
  const simulated = createSimulatedReader({ cards: [new EchoCard(true)], ...options, clock });
  const usb = createSimulatedUsb([simulated.device]);
  const [device] = await usb.getDevices();
  if (device === undefined) throw new Error('no device');
  const own = new UsbDevice(device, usb, { clock });
  const [found] = findCcidInterfaces(parseConfiguration(await own.configurationDescriptor()).interfaces);
  if (found === undefined) throw new Error('no CCID interface');
  const port = await own.openPort(found.setting);
  const pipe = new CcidPipe({ port, clock });
  return { slot: new CcidSlot({ pipe, bSlot: 0, ccid: found.ccid, clock }), simulated, close: () => port.close() };
}

/** How often the interface is given back while something runs. */
async function countReleases(device: USBDevice | undefined, job: () => Promise<void>): Promise<number> {
  if (device === undefined) throw new Error('no device');
  const release = vi.spyOn(device, 'releaseInterface');
  await job();
  return release.mock.calls.length;
}

describe('commands beside power and blocks', () => {
  it('tables of clocks and rates, one that stalls, a short one, one that is announced by none, one of no whole entries', async () => {
    const counts = { bNumClockSupported: 3, bNumDataRatesSupported: 4 };
    const whole = await slotOf({ ccid: counts, clockFrequencies: [3700, 4800, 12_000], dataRates: [10_753, 21_505, 43_011, 125_000] });
    expect(await clockFrequencies(whole.slot)).toEqual([3700, 4800, 12_000]);
    expect(await dataRates(whole.slot)).toEqual([10_753, 21_505, 43_011, 125_000]);
    await whole.close();
    const short = await slotOf({ ccid: counts, dataRates: [10_753] });
    expect(await dataRates(short.slot)).toEqual([10_753]);
    expect(await clockFrequencies(short.slot)).toEqual([]);
    await short.close();
    // More than announced is not asked for.
    const long = await slotOf({ ccid: { bNumDataRatesSupported: 2 }, dataRates: [10_753, 21_505, 43_011] });
    expect(await dataRates(long.slot)).toEqual([10_753, 21_505]);
    await long.close();
    const none = await slotOf({ dataRates: [10_753] });
    expect(await dataRates(none.slot)).toEqual([]);
    expect(none.simulated.journal.controlRequests).toEqual([]);
    await none.close();
    for (const tableBytes of [1, 5, 10]) {
      const odd = await slotOf({ ccid: counts, dataRates: [10_753, 21_505, 43_011], clockFrequencies: [3700, 4800], defects: { tableBytes } });
      expect(await dataRates(odd.slot)).toEqual([]);
      if (tableBytes < 8) expect(await clockFrequencies(odd.slot)).toEqual([]);
      await odd.close();
    }
  });

  it('the table decides the speed at TPDU level', async () => {
    for (const [rates, ta1] of [
      [[12_903, 150_000], 0x95],
      [[12_903], 0x11],
    ] as const) {
      const { reader, simulated, usb } = await bench({
        level: 'tpdu',
        ccid: { bNumDataRatesSupported: rates.length },
        dataRates: rates,
        cards: [new EchoCard(true, Uint8Array.of(0x3b, 0x90, 0x95, 0x81, 0x01, 0x85))],
      });
      const sent = await wiretap(usb);
      await withCard(reader, async (channel) => expect(await channel.transaction((card) => card.transmit(ECHO))).toEqual(ECHOED));
      expect(simulated.journal.controlRequests.filter((each) => each.bRequest === 3)).toHaveLength(1);
      // PPS by the host where there is a speed to set, with PPS1; FI and DI are the first byte of the parameters.
      expect(sent.filter(({ abData }) => abData.startsWith('ff')).map(({ abData }) => abData)).toEqual(ta1 === 0x11 ? [] : ['ff11957b']);
      expect(sent.filter((each) => each.bMessageType === 0x61).map(({ abData }) => abData.slice(0, 2))).toEqual([ta1.toString(16)]);
    }
  });

  it('escape: the vendor’s answer, or not supported', async () => {
    const { slot, close } = await slotOf({ escape: (data) => (data[0] === 0x6a ? Uint8Array.of(1, 2, 3) : null) });
    expect(await escape(slot, Uint8Array.of(0x6a))).toEqual(Uint8Array.of(1, 2, 3));
    await expect(escape(slot, Uint8Array.of(0x01))).rejects.toMatchObject({ reason: 'not-supported', bError: 0 });
    await close();
  });

  it('parameters, clock and rate are read back as they were set', async () => {
    const { slot, close } = await slotOf({ level: 'tpdu' });
    await slot.iccPowerOn();
    const structure = Uint8Array.of(0x95, 0x10, 0, 0x4d, 0, 0x20, 0);
    await setParameters(slot, 1, structure);
    expect(await getParameters(slot)).toEqual({ bProtocolNum: 1, abProtocolDataStructure: structure });
    // A parameter that the reader can't change is no failure; an absent card is.
    await setParameters(slot, 1, Uint8Array.of(0x90, 0x10, 0, 0x4d, 0, 0x20, 0));
    expect(await setDataRateAndClock(slot, 4800, 12_903)).toEqual({ clockKhz: 4800, bitsPerSecond: 12_903 });
    await close();
    const empty = await slotOf({ level: 'tpdu', cards: [] });
    await expect(setParameters(empty.slot, 1, structure)).rejects.toMatchObject({ reason: 'no-card' });
    await empty.close();
  });

  it('a vendor’s command is waited for half a minute, as libccid does, whatever the card’s times', async () => {
    const clock = new AutoClock();
    const { slot, simulated, close } = await slotOf({ clock });
    simulated.fault({ kind: 'silence', message: 0x6b, until: 'never' });
    const before = clock.nowMs();
    await expect(escape(slot, Uint8Array.of(0x01))).rejects.toMatchObject({ reason: 'timeout' });
    // The ABORT that follows has its own time.
    expect(clock.nowMs() - before).toBeGreaterThanOrEqual(30_000);
    expect(clock.nowMs() - before).toBeLessThan(40_000);
    await close();
  });

  it('a cancelled Escape is ended in the reader by both halves of ABORT, and the next command is served', async () => {
    const { slot, simulated, close } = await slotOf({ escape: () => Uint8Array.of(1) });
    simulated.fault({ kind: 'silence', message: 0x6b });
    const stop = new AbortController();
    const going = escape(slot, Uint8Array.of(0x01), { signal: stop.signal });
    setTimeout(() => stop.abort(), 5);
    await expect(going).rejects.toMatchObject({ reason: 'aborted', reachedCard: true });
    const [sent] = simulated.journal.commands.slice(-2);
    expect(simulated.journal.commands.at(-1)).toMatchObject({ bMessageType: 0x72 });
    expect(sent).toMatchObject({ bMessageType: 0x6b });
    const bSeq = simulated.journal.commands.at(-1)?.bSeq ?? -1;
    expect(simulated.journal.controlRequests.at(-1)).toMatchObject({ bmRequestType: 0x21, bRequest: 1, wValue: bSeq << 8 });
    expect(await escape(slot, Uint8Array.of(0x01))).toEqual(Uint8Array.of(1));
    // One that was cancelled before its turn never went out: nothing is to be ended.
    const count = simulated.journal.commands.length;
    await expect(escape(slot, Uint8Array.of(0x01), { signal: AbortSignal.abort() })).rejects.toMatchObject({ reason: 'aborted', reachedCard: false });
    expect(simulated.journal.commands).toHaveLength(count);
    await close();
  });

  it('every bError has a name', () => {
    const names = Array.from({ length: 256 }, (_, bError) => slotErrorName(bError));
    expect(names.every((name) => name.length > 3)).toBe(true);
    expect([names[0xfe], names[0xf8], names[5], names[0], names[0xbb], names[0x99], names[0xd0]]).toEqual([
      'ICC_MUTE',
      'BAD_ATR_TS',
      'bad message byte 5',
      'command not supported',
      'vendor: EMV protocol error',
      'vendor',
      'reserved',
    ]);
  });
});

describe('readers that are refused by name, and readers in a state', () => {
  it.each([1, 2] as const)('ICCD version %i', async (interfaceProtocol) => {
    const { reader } = await bench({ interfaceProtocol, cards: [new EchoCard(true)] });
    await expect(reader.open()).rejects.toMatchObject({
      layer: 'ccid',
      reason: 'unsupported-interface',
      message: expect.stringContaining('ICCD') as string,
    });
  });

  it('babble and stall are cleared, and the next transaction works', async () => {
    for (const kind of ['babble', 'stall-in', 'stall-out'] as const) {
      const clock = new AutoClock();
      const { reader, simulated } = await bench({ clock, cards: [new EchoCard(true)] }, { clock });
      const { open, slot } = await firstSlot(reader);
      const channel = await slot.connect();
      simulated.fault({ kind, message: 0x6f });
      await expect(channel.transaction((card) => card.transmit(ECHO))).rejects.toMatchObject({ reason: 'transport', outcome: 'unknown' });
      expect(await channel.transaction((card) => card.transmit(ECHO))).toEqual(ECHOED);
      await open.close();
    }
  });

  it('a reader that falls silent is reset warm, then cold, then claimed anew', async () => {
    const clock = new AutoClock();
    const { reader, simulated, usb } = await bench({ clock, cards: [new EchoCard(true)] }, { clock });
    const [device] = await usb.getDevices();
    const { open, slot } = await firstSlot(reader);
    const channel = await slot.connect();
    // Without the questions of the watch.
    const types = (): number[] => simulated.journal.commands.map((each) => each.bMessageType).filter((type) => type !== 0x65);
    // Once: abort, warm reset; the card is not powered off.
    simulated.journal.clear();
    simulated.fault({ kind: 'silence', message: 0x6f });
    await expect(channel.transaction((card) => card.transmit(ECHO))).rejects.toMatchObject({ reason: 'timeout', outcome: 'unknown' });
    expect(types()).toEqual([0x6f, 0x72, 0x62]);
    expect(await channel.transaction(async (card) => [card.interrupted, await card.transmit(ECHO)])).toEqual([true, ECHOED]);
    // The warm reset fails as well: the power is taken.
    simulated.journal.clear();
    simulated.fault({ kind: 'silence', message: 0x6f });
    simulated.fault({ kind: 'hardware-error', message: 0x62 });
    await expect(channel.transaction((card) => card.transmit(ECHO))).rejects.toMatchObject({ outcome: 'unknown' });
    expect(types()).toEqual([0x6f, 0x72, 0x62, 0x63]);
    expect(await channel.transaction((card) => card.transmit(ECHO))).toEqual(ECHOED);
    // Nothing is answered: the interface is given back and claimed again, which begins with GetSlotStatus.
    simulated.journal.clear();
    simulated.fault({ kind: 'silence', message: 0x6f });
    simulated.fault({ kind: 'silence', message: 0x62 });
    simulated.fault({ kind: 'silence', message: 0x63 });
    await expect(channel.transaction((card) => card.transmit(ECHO))).rejects.toMatchObject({ outcome: 'unknown' });
    simulated.journal.clear();
    const released = await countReleases(device, async () => {
      expect(await channel.transaction((card) => card.transmit(ECHO))).toEqual(ECHOED);
    });
    expect(simulated.journal.commands[0]?.bMessageType).toBe(0x65);
    expect(types()).toEqual([0x62, 0x6f]);
    expect(released).toBe(1);
    await open.close();
  });

  it('an APDU reader that finds no parameters itself is told them', async () => {
    for (const [dwFeatures, set] of [
      [0x000404b8, 1],
      [0x000204b8, 1],
      [0x000404ba, 0],
      [0x0004047e, 0],
    ] as const) {
      const { reader, simulated } = await bench({
        ccid: { dwFeatures, ...(dwFeatures < 0x40000 ? { dwMaxCCIDMessageLength: 271 } : {}) },
        cards: [new EchoCard(true)],
      });
      expect(await withCard(reader, (channel) => channel.transaction((card) => card.transmit(ECHO)))).toEqual(ECHOED);
      expect(simulated.journal.commands.filter((each) => each.bMessageType === 0x61)).toHaveLength(set);
    }
  });
});
