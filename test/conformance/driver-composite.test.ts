import { describe, expect, it } from 'vitest';
import { findCcidInterfaces } from '../../src/ccid/index.ts';
import { type CardChannel, createWebUsbSource, type DriverOptions, type OpenReader, type Slot } from '../../src/channel/index.ts';
import {
  type CompositeReader,
  type CompositeReaderOptions,
  createCompositeReader,
  createSimulatedUsb,
  type SimulatedReaderOptions,
  type SimulatedUsb,
} from '../../src/simulator/index.ts';
import { OTHER_PROGRAM } from '../../src/simulator/usb/index.ts';
import { parseConfiguration, UsbDevice, type UsbPort } from '../../src/usb/index.ts';
import { AutoClock } from '../unit/channel/auto-clock.ts';
import { openPage } from './driver-setup.ts';
import { EchoCard } from './echo-card.ts';

const echo = (value: number): Uint8Array<ArrayBuffer> => Uint8Array.of(0x80, 0xee, 0, 0, 2, value, value, 0);
const echoed = (value: number): Uint8Array => Uint8Array.of(value, value, 0x90, 0);

interface Composite {
  readonly device: CompositeReader;
  readonly usb: SimulatedUsb;
  readonly open: OpenReader;
  readonly slots: readonly [Slot, Slot];
  readonly cards: readonly [EchoCard, EchoCard];
  readonly clock: AutoClock;
}

const composite = (cards: readonly EchoCard[], clock: AutoClock, options: Partial<CompositeReaderOptions>): CompositeReader =>
  createCompositeReader({
    readers: cards.map((card, at): SimulatedReaderOptions => ({ level: at === 0 ? 'extended-apdu' : 'tpdu', clock, cards: [card] })),
    ...options,
  });

async function opened(options: Partial<CompositeReaderOptions> = {}, driver: DriverOptions = {}): Promise<Composite> {
  const clock = new AutoClock();
  const cards = [new EchoCard(true), new EchoCard(true)] as const;
  const device = composite(cards, clock, options);
  const usb = createSimulatedUsb([device.device]);
  const [reader] = await createWebUsbSource({ usb, environment: openPage, simulated: true, clock, ...driver }).list();
  if (reader === undefined) throw new Error('no reader');
  const open = await reader.open();
  const [first, second] = open.slots;
  if (first === undefined || second === undefined) throw new Error('no two slots');
  return { device, usb, open, slots: [first, second], cards, clock };
}

const run = (channel: CardChannel, value: number): Promise<Uint8Array> => channel.transaction((card) => card.transmit(echo(value)));

describe('a device with two CCID interfaces', () => {
  it('is one reader with two slots, at the level of each; commands never meet, as devices that take one at a time need', async () => {
    const { device, open, slots, cards } = await opened({ oneAtATime: true });
    expect(open.slots.map((slot) => [slot.index, slot.presence])).toEqual([
      [0, 'present'],
      [1, 'present'],
    ]);
    const [one, two] = await Promise.all([slots[0].connect(), slots[1].connect()]);
    const values = Array.from({ length: 20 }, (_, i) => i + 1);
    const answers = await Promise.all(values.map((value) => run(value % 2 === 0 ? one : two, value)));
    expect(answers).toEqual(values.map(echoed));
    expect(cards.map((card) => card.seen.length)).toEqual([10, 10]);
    for (const { journal } of device.readers) expect(journal.commands.filter((command) => !command.answered)).toEqual([]);
    await open.close();
  });

  it('control requests name their interface: table of rates, and ABORT', async () => {
    const clock = new AutoClock();
    const card = new EchoCard(true, Uint8Array.of(0x3b, 0x90, 0x95, 0x81, 0x01, 0x85));
    const second: SimulatedReaderOptions = { level: 'tpdu', ccid: { bNumDataRatesSupported: 1 }, dataRates: [12_903], clock, cards: [card] };
    const { device, open, slots } = await opened({ readers: [{ clock, cards: [new EchoCard(true)] }, second] });
    const channel = await slots[1].connect();
    device.readers[1]?.fault({ kind: 'silence', message: 0x6f });
    await expect(run(channel, 1)).rejects.toMatchObject({ reason: 'timeout' });
    expect(await run(channel, 2)).toEqual(echoed(2));
    expect(device.readers[1]?.journal.controlRequests.map(({ bRequest, wIndex }) => [bRequest, wIndex])).toEqual([
      [3, 1],
      [1, 1],
      [3, 1],
    ]);
    expect(device.readers[0]?.journal.controlRequests).toEqual([]);
    await open.close();
  });

  it.each([true, false])('planted: without the lock of the device one that takes one at a time (%s) falls silent', async (oneAtATime) => {
    const clock = new AutoClock();
    const cards = [new EchoCard(true), new EchoCard(true)] as const;
    const { device } = createCompositeReader({ readers: cards.map((card) => ({ clock, timeExtensionMs: 1e9, cards: [card] })), oneAtATime });
    const usb = createSimulatedUsb([device]);
    const [shown] = await usb.getDevices();
    if (shown === undefined) throw new Error('no device');
    const [one, two] = await bothPorts(new UsbDevice(shown, usb, { clock }));
    if (one === undefined || two === undefined) throw new Error('no ports');
    await one.bulkOut(Uint8Array.of(0x62, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    await one.bulkIn(64);
    cards[0].work = () => new Promise(() => undefined);
    await one.bulkOut(Uint8Array.of(0x6f, 4, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0xca, 0, 0));
    await two.bulkOut(Uint8Array.of(0x65, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    const answer = await two.bulkIn(64, { signal: AbortSignal.timeout(100) }).catch(() => undefined);
    expect(answer?.[0]).toBe(oneAtATime ? undefined : 0x81);
  });

  it('one interface falls silent while the other works, and comes back when the fault is over', async () => {
    const { device, open, slots, cards } = await opened();
    const [one, two] = await Promise.all([slots[0].connect(), slots[1].connect()]);
    expect(await Promise.all([run(one, 1), run(two, 2)])).toEqual([echoed(1), echoed(2)]);
    device.readers[1]?.fault({ kind: 'silence', until: 'never' });
    cards[1].resets = [];
    const failing = run(two, 3);
    const others = [4, 5, 6].map((value) => run(one, value));
    await expect(failing).rejects.toMatchObject({ layer: 'channel', reason: 'timeout', outcome: 'unknown' });
    expect(await Promise.all(others)).toEqual([4, 5, 6].map(echoed));
    await expect(run(two, 7)).rejects.toMatchObject({ layer: 'channel', reason: 'timeout' });
    expect(await run(one, 8)).toEqual(echoed(8));
    device.readers[1]?.clearFaults();
    // The card was reset meanwhile, and says so.
    expect(await two.transaction(async (card) => [card.interrupted, await card.transmit(echo(9))])).toEqual([true, echoed(9)]);
    expect(await run(one, 10)).toEqual(echoed(10));
    expect(cards[1].resets).not.toEqual([]);
    // A command that was not heard is not sent again: 2 and 9 alone reached the second card.
    expect(cards.map((card) => card.seen.length)).toEqual([6, 2]);
    await open.close();
  });

  it('an endpoint that halts on one interface leaves that of the other alone', async () => {
    const { device, open, slots } = await opened();
    const [one, two] = await Promise.all([slots[0].connect(), slots[1].connect()]);
    device.readers[0]?.fault({ kind: 'stall-in', message: 0x6f });
    await expect(run(one, 1)).rejects.toMatchObject({ layer: 'channel', outcome: 'unknown' });
    expect(await two.transaction(async (card) => [card.interrupted, await card.transmit(echo(2))])).toEqual([false, echoed(2)]);
    expect(await run(one, 3)).toEqual(echoed(3));
    await open.close();
  });

  it('a card pulled from one interface ends the channels there only', async () => {
    const { device, open, slots } = await opened();
    const [one, two] = await Promise.all([slots[0].connect(), slots[1].connect()]);
    device.readers[0]?.remove();
    expect(await one.closed).toBe('card-removed');
    expect(await run(two, 2)).toEqual(echoed(2));
    device.readers[0]?.insert(new EchoCard(true));
    expect(await run(await slots[0].connect(), 3)).toEqual(echoed(3));
    await open.close();
  });

  it('pulled from the bus, it ends both', async () => {
    const { device, open, slots } = await opened();
    const channels = await Promise.all([slots[0].connect(), slots[1].connect()]);
    device.device.unplug();
    expect(await Promise.all([...channels.map((channel) => channel.closed), open.closed])).toEqual(['unplugged', 'unplugged', 'unplugged']);
    expect(slots.map((slot) => slot.presence)).toEqual(['absent', 'absent']);
  });

  it('an interface that somebody else holds is left to them, and the other works', async () => {
    const clock = new AutoClock();
    const { device } = composite([new EchoCard(true), new EchoCard(true)], clock, {});
    const usb = createSimulatedUsb([device]);
    const source = createWebUsbSource({ usb, environment: openPage, clock });
    const [reader] = await source.list();
    if (reader === undefined) throw new Error('no reader');
    device.claim(0, OTHER_PROGRAM);
    expect(await source.access(reader)).toMatchObject({ reason: 'ready' });
    const open = await reader.open();
    expect(open.slots.map((slot) => slot.index)).toEqual([1]);
    const channel = await open.slots[0]?.connect();
    if (channel === undefined) throw new Error('no channel');
    expect(await run(channel, 1)).toEqual(echoed(1));
    await open.close();
  });
});

async function bothPorts(device: UsbDevice, from = 0): Promise<readonly UsbPort[]> {
  const interfaces = findCcidInterfaces(parseConfiguration(await device.configurationDescriptor()).interfaces).slice(from);
  return Promise.all(interfaces.map(({ setting }) => device.openPort(setting)));
}

describe('a reset of the device', () => {
  it('hits the sibling interface: its read ends and it is claimed anew; its card has no power, and both interfaces work on', async () => {
    const clock = new AutoClock();
    const cards = [new EchoCard(true), new EchoCard(true)];
    const { device } = composite(cards, clock, {});
    const usb = createSimulatedUsb([device]);
    const [shown] = await usb.getDevices();
    if (shown === undefined) throw new Error('no device');
    const shared = new UsbDevice(shown, usb, { clock });
    const [one, two] = await bothPorts(shared);
    if (one === undefined || two === undefined) throw new Error('no ports');
    const say = async (port: UsbPort, bMessageType: number, bSeq: number): Promise<readonly (number | undefined)[]> => {
      await port.bulkOut(Uint8Array.of(bMessageType, 0, 0, 0, 0, 0, bSeq, 0, 0, 0));
      const answer = await port.bulkIn(64);
      return [answer[0], answer[6], answer[7]];
    };
    for (const port of [one, two]) expect(await say(port, 0x62, 1)).toEqual([0x80, 1, 0]);
    const pending = expect(two.bulkIn(64)).rejects.toMatchObject({ layer: 'usb', reason: 'closed' });
    await shared.reset();
    await pending;
    expect(await two.closed).toBe('lost');
    expect(cards.map((card) => card.resets.at(-1))).toEqual(['off', 'off']);
    // The claim that nobody waited on outlives the reset.
    expect(await say(one, 0x65, 2)).toEqual([0x81, 2, 1]);
    const again = (await bothPorts(shared, 1))[0];
    if (again === undefined) throw new Error('no port');
    expect(await say(again, 0x65, 2)).toEqual([0x81, 2, 1]);
    for (const port of [one, again]) expect(await say(port, 0x62, 3)).toEqual([0x80, 3, 0]);
    await Promise.all([one.close(), again.close()]);
    expect(shown.opened).toBe(false);
  });

  it('ends both channels of an open reader, which opens again', async () => {
    const { usb, open, slots } = await opened();
    const channels = await Promise.all([slots[0].connect(), slots[1].connect()]);
    const [shown] = await usb.getDevices();
    await shown?.reset();
    expect(await Promise.all(channels.map((channel) => channel.closed))).toEqual(['lost', 'lost']);
    expect(await open.closed).toBe('lost');
    const [reader] = await createWebUsbSource({ usb, environment: openPage }).list();
    const again = await reader?.open();
    expect(again?.slots).toHaveLength(2);
    for (const slot of again?.slots ?? []) expect(await run(await slot.connect(), slot.index)).toEqual(echoed(slot.index));
    await again?.close();
  });
});
