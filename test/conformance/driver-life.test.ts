import { describe, expect, it } from 'vitest';
import { type ChannelError, createWebUsbSource, type Presence, pageReleasePolicy, type ReleasePolicy } from '../../src/channel/index.ts';
import { createSimulatedReader, createSimulatedUsb } from '../../src/simulator/index.ts';
import { AutoClock } from '../unit/channel/auto-clock.ts';
import { bench, firstSlot, openPage, turns, until, withCard } from './driver-setup.ts';
import { EchoCard } from './echo-card.ts';

const ECHO = Uint8Array.of(0x80, 0xee, 0, 0, 3, 1, 2, 3, 0);
const ECHOED = Uint8Array.of(1, 2, 3, 0x90, 0);

describe('reader comes and goes', () => {
  it('unplug ends channel, reader and slots; a replugged reader is a new one', async () => {
    const { source, reader, simulated, usb } = await bench({ cards: [new EchoCard(true)] });
    let changes = 0;
    source.onChange(() => changes++);
    const { open, slot } = await firstSlot(reader);
    const channel = await slot.connect();
    usb.unplug(simulated.device);
    expect(await open.closed).toBe('unplugged');
    expect(await channel.closed).toBe('unplugged');
    await expect(channel.transaction((card) => card.transmit(ECHO))).rejects.toMatchObject({ reason: 'unplugged', outcome: 'not-sent' });
    await expect(reader.open()).rejects.toMatchObject({ reason: 'unplugged' });
    expect(await source.access(reader)).toMatchObject({ reason: 'unplugged' });
    usb.plug(simulated.device);
    await until(() => changes === 2);
    const [again] = await source.list();
    if (again === undefined) throw new Error('no reader');
    expect(again).not.toBe(reader);
    expect(await withCard(again, (other) => other.transaction((card) => card.transmit(ECHO)))).toEqual(ECHOED);
  });

  it('unplug in the middle of a command: unknown outcome', async () => {
    const card = new EchoCard(true);
    const { reader, simulated, usb } = await bench({ cards: [card] });
    const { slot } = await firstSlot(reader);
    const channel = await slot.connect();
    card.work = async () => {
      usb.unplug(simulated.device);
      await turns(2);
    };
    await expect(channel.transaction((each) => each.transmit(ECHO))).rejects.toMatchObject({ reason: 'unplugged', outcome: 'unknown' });
  });
});

describe('card comes and goes', () => {
  for (const notifies of [true, false])
    it(`presence by ${notifies ? 'interrupt' : 'polling'}`, async () => {
      const clock = new AutoClock();
      const { reader, simulated } = await bench({ notifies, clock }, { clock });
      const { open, slot } = await firstSlot(reader);
      expect(slot.presence).toBe('absent');
      await expect(slot.connect()).rejects.toMatchObject({ reason: 'no-card', outcome: 'not-sent' });
      const seen: Presence[] = [];
      const stop = slot.onChange((presence) => seen.push(presence));
      simulated.insert(new EchoCard(true));
      await until(() => seen.at(-1) === 'present');
      const channel = await slot.connect();
      expect(slot.presence).toBe('powered');
      simulated.remove();
      expect(await channel.closed).toBe('card-removed');
      await until(() => seen.at(-1) === 'absent');
      await expect(channel.transaction((card) => card.transmit(ECHO))).rejects.toMatchObject({ reason: 'card-removed', outcome: 'not-sent' });
      expect(seen).toEqual(['present', 'powered', 'absent']);
      stop();
      // Nobody watches: nobody polls.
      const polls = simulated.journal.commands.length;
      await turns(100);
      expect(simulated.journal.commands.length).toBe(polls);
      await open.close();
    });

  it('a card swapped between two looks is another card', async () => {
    const clock = new AutoClock();
    const { reader, simulated } = await bench({ notifies: false, clock, cards: [new EchoCard(true)] }, { clock });
    const { open, slot } = await firstSlot(reader);
    const channel = await slot.connect();
    simulated.remove();
    simulated.insert(new EchoCard(true));
    expect(await channel.closed).toBe('card-removed');
    await until(() => slot.presence === 'present');
    const next = await slot.connect();
    expect(await next.transaction((card) => card.transmit(ECHO))).toEqual(ECHOED);
    await open.close();
  });

  it('a late notification of the card we powered ends nothing', async () => {
    const { reader, simulated } = await bench({ cards: [new EchoCard(true)] });
    const { open, slot } = await firstSlot(reader);
    const channel = await slot.connect();
    simulated.notify();
    await turns(30);
    expect(slot.presence).toBe('powered');
    expect(await channel.transaction((card) => card.transmit(ECHO))).toEqual(ECHOED);
    await open.close();
  });
});

describe('giving the reader back', () => {
  it('on idle, and taking it again for the next transaction', async () => {
    const clock = new AutoClock();
    const card = new EchoCard(true);
    const idle: ReleasePolicy = { ...pageReleasePolicy({ idleMs: 60_000 }) };
    const { reader, simulated } = await bench({ clock, cards: [card] }, { clock, release: idle });
    const { open, slot } = await firstSlot(reader);
    const channel = await slot.connect();
    await channel.transaction((each) => each.transmit(ECHO));
    await until(() => slot.presence === 'unknown');
    expect(card.resets.at(-1)).toBe('off');
    const other = createWebUsbSource({ usb: createSimulatedUsb([simulated.device]), environment: openPage });
    const [there] = await other.list();
    if (there === undefined) throw new Error('no reader');
    expect(await other.access(there)).toMatchObject({ reason: 'ready' });
    expect(await channel.transaction(async (each) => [each.interrupted, await each.transmit(ECHO)])).toEqual([true, ECHOED]);
    await open.close();
  });

  it('to another page of ours that asks, after the transaction', async () => {
    const simulated = createSimulatedReader({ cards: [new EchoCard(true)] });
    const bus = new EventTarget();
    const queue = new Map<string, Promise<unknown>>();
    // Web Locks and BroadcastChannel of one origin, as far as the policy uses them.
    const page = (): ReleasePolicy => {
      const ears = new EventTarget();
      bus.addEventListener('message', (event) => {
        if ((event as MessageEvent<{ from: EventTarget }>).data.from !== ears)
          ears.dispatchEvent(new MessageEvent('message', { data: (event as MessageEvent<{ message: unknown }>).data.message }));
      });
      return pageReleasePolicy({
        locks: {
          request: (name, _options, callback) => {
            const turn = (queue.get(name) ?? Promise.resolve()).then(callback);
            queue.set(name, turn);
            return turn;
          },
        },
        broadcast: {
          postMessage: (message) => void bus.dispatchEvent(new MessageEvent('message', { data: { from: ears, message } })),
          addEventListener: (type, listener) => ears.addEventListener(type, listener as unknown as EventListener),
          removeEventListener: (type, listener) => ears.removeEventListener(type, listener as unknown as EventListener),
        },
      });
    };
    const open = async (): Promise<Awaited<ReturnType<typeof firstSlot>>> => {
      const [reader] = await createWebUsbSource({ usb: createSimulatedUsb([simulated.device]), environment: openPage, release: page() }).list();
      if (reader === undefined) throw new Error('no reader');
      return firstSlot(reader);
    };
    const first = await open();
    const mine = await first.slot.connect();
    let running = true;
    const long = mine.transaction(async (card) => {
      await turns(20);
      await card.transmit(ECHO);
      running = false;
    });
    const second = await open();
    expect(running).toBe(false);
    await long;
    const theirs = await second.slot.connect();
    expect(await theirs.transaction((card) => card.transmit(ECHO))).toEqual(ECHOED);
    // And back.
    expect(await mine.transaction(async (card) => [card.interrupted, await card.transmit(ECHO)])).toEqual([true, ECHOED]);
    await first.open.close();
    await second.open.close();
  });

  it('at once when the page goes', async () => {
    let hide: () => void = () => undefined;
    const policy: ReleasePolicy = pageReleasePolicy({
      page: { addEventListener: (_, listener) => (hide = listener), removeEventListener: () => undefined },
    });
    const card = new EchoCard(true);
    const { reader } = await bench({ cards: [card] }, { release: policy });
    const { slot } = await firstSlot(reader);
    const channel = await slot.connect();
    card.work = async () => {
      hide();
      await turns(5);
    };
    await expect(channel.transaction((each) => each.transmit(ECHO))).rejects.toMatchObject({
      reason: 'closed',
      outcome: 'unknown',
    } satisfies Partial<ChannelError>);
  });
});

describe('odd readers', () => {
  it('descriptor after the last endpoint, no interrupt endpoint, HID beside', async () => {
    const hid = {
      interfaceClass: 3,
      classDescriptors: Uint8Array.of(9, 0x21, 0x11, 1, 0, 1, 0x22, 63, 0),
      endpoints: [{ address: 0x84, type: 'interrupt' as const, packetBytes: 8, interval: 10 }],
    };
    const { reader } = await bench({ ccidDescriptorPlace: 'after-endpoints', notifies: false, interfacesBefore: [hid], cards: [new EchoCard(true)] });
    expect(await withCard(reader, (channel) => channel.transaction((card) => card.transmit(ECHO)))).toEqual(ECHOED);
  });

  it('without automatic voltage the classes are tried in turn', async () => {
    const { reader, simulated } = await bench({
      level: 'short-apdu',
      ccid: { dwFeatures: 0x000204b2, bVoltageSupport: 7 },
      cards: [new EchoCard(true)],
    });
    simulated.fault({ kind: 'mute', message: 0x62, until: 'twice' });
    const { open, slot } = await firstSlot(reader);
    await slot.connect();
    const power = simulated.journal.commands.filter((each) => each.bMessageType === 0x62 || each.bMessageType === 0x63);
    // bPowerSelect: 5 V, 1.8 V, 3 V.
    expect(power.map((each) => (each.bMessageType === 0x63 ? 'off' : each.byte7))).toEqual([1, 'off', 3, 'off', 2]);
    await open.close();
  });

  it.each([
    ['ends before its last interface byte', [0x3b, 0xf0, 0x11]],
    ['announces a group of interface bytes that does not come', [0x3b, 0x80, 0x81]],
  ])('an ATR that %s is no hindrance where the reader builds the blocks', async (_name, atr) => {
    // With parameters of the reader's own, and without: there is nothing to set them by.
    for (const dwFeatures of [0x000404ba, 0x000404b8]) {
      const { reader, simulated } = await bench({ ccid: { dwFeatures }, cards: [new EchoCard(true, Uint8Array.from(atr))] });
      await withCard(reader, async (channel) => {
        expect([channel.protocol, channel.limits.extendedCommandBytes]).toEqual(['unknown', 0]);
        expect(await channel.transaction((card) => card.transmit(ECHO))).toEqual(ECHOED);
      });
      expect(simulated.journal.commands.filter((each) => each.bMessageType === 0x61)).toEqual([]);
    }
    const { reader } = await bench({ level: 'tpdu', cards: [new EchoCard(true, Uint8Array.from(atr))] });
    const { open, slot } = await firstSlot(reader);
    await expect(slot.connect()).rejects.toMatchObject({ outcome: 'not-sent' });
    await open.close();
  });

  it('a mute card is told from an empty slot', async () => {
    const { reader, simulated } = await bench({ cards: [new EchoCard(true)] });
    simulated.fault({ kind: 'mute', message: 0x62, until: 'never' });
    const { open, slot } = await firstSlot(reader);
    await expect(slot.connect()).rejects.toMatchObject({ reason: 'card-mute', outcome: 'not-sent' });
    await open.close();
  });

  it('character level is refused by name', async () => {
    const { reader } = await bench({ ccid: { dwFeatures: 0x000000ba }, cards: [new EchoCard(true)] });
    const { open, slot } = await firstSlot(reader);
    await expect(slot.connect()).rejects.toMatchObject({ reason: 'unsupported-level', outcome: 'not-sent' });
    await open.close();
  });
});
