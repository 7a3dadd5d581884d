import { describe, expect, it } from 'vitest';
import type { TracedEvent, TraceEvent } from '../../src/codec/index.ts';
import {
  type ChannelError,
  createReplaySource,
  createWebUsbSource,
  type Presence,
  pageReleasePolicy,
  type ReleasePolicy,
  recordChannel,
} from '../../src/channel/index.ts';
import { createSimulatedReader, createSimulatedUsb } from '../../src/simulator/index.ts';
import { AutoClock } from '../unit/channel/auto-clock.ts';
import { bench, firstSlot, openPage, withCard } from './driver-setup.ts';
import { EchoCard, echoAtr } from './echo-card.ts';

const ECHO = Uint8Array.of(0x80, 0xee, 0, 0, 3, 1, 2, 3, 0);
const ECHOED = Uint8Array.of(1, 2, 3, 0x90, 0);
const turns = async (count = 20): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setTimeout(resolve, 1));
};
async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 3000 && !condition(); i++) await turns(1);
  expect(condition()).toBe(true);
}

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
    for (const [facts, reason] of [
      [{ hasUsb: false }, 'no-webusb'],
      [{ secureContext: false }, 'insecure-context'],
      [{ usbAllowed: false }, 'permissions-policy'],
    ] as const) {
      const source = createWebUsbSource({ usb, environment: { ...openPage, ...facts } });
      expect(await source.access(reader)).toMatchObject({ reason, reachable: false });
      expect(await source.list()).toEqual([]);
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

  it('no poll comes between the commands of a transaction', async () => {
    const clock = new AutoClock();
    const { reader, simulated } = await bench({ notifies: false, clock, cards: [new EchoCard(true)] }, { clock });
    const { open, slot } = await firstSlot(reader);
    slot.onChange(() => undefined);
    const channel = await slot.connect();
    await channel.transaction(async (card) => {
      await card.transmit(ECHO);
      simulated.journal.clear();
      await clock.sleep(10_000);
      await card.transmit(ECHO);
      expect(simulated.journal.commands.map((each) => each.bMessageType)).toEqual([0x6f]);
    });
    await open.close();
  });
});

describe('transactions', () => {
  it('queue in order, over two slots of one device', async () => {
    const cards = [new EchoCard(true), new EchoCard(true)];
    const { reader } = await bench({ slots: 2, cards });
    const open = await reader.open();
    expect(open.slots.map((slot) => slot.index)).toEqual([0, 1]);
    const channels = await Promise.all(open.slots.map((slot) => slot.connect()));
    const order: string[] = [];
    await Promise.all(
      [0, 1, 0, 1].map(async (at, turn) =>
        channels[at]?.transaction(async (card) => {
          order.push(`${turn} begins`);
          await card.transmit(ECHO);
          await card.transmit(ECHO);
          order.push(`${turn} ends`);
        }),
      ),
    );
    expect(order).toEqual([0, 1, 2, 3].flatMap((turn) => [`${turn} begins`, `${turn} ends`]));
    await open.close();
    expect(cards.map((card) => card.resets.at(-1))).toEqual(['off', 'off']);
  });

  it('do not nest, and refuse commands after their end', async () => {
    const { reader } = await bench({ cards: [new EchoCard(true)] });
    await withCard(reader, async (channel) => {
      await expect(channel.transaction(() => channel.transaction(() => Promise.resolve(1)))).rejects.toMatchObject({
        reason: 'busy',
        outcome: 'not-sent',
      });
      const kept = await channel.transaction((card) => Promise.resolve(card));
      await expect(kept.transmit(ECHO)).rejects.toMatchObject({ reason: 'closed', outcome: 'not-sent' });
    });
  });

  it('say when another channel used the card, or a reset came between', async () => {
    const { reader } = await bench({ cards: [new EchoCard(true)] });
    const { open, slot } = await firstSlot(reader);
    const one = await slot.connect();
    const two = await slot.connect();
    const interrupted = (channel: typeof one): Promise<boolean> => channel.transaction((card) => Promise.resolve(card.interrupted));
    expect(await interrupted(one)).toBe(false);
    expect(await interrupted(one)).toBe(false);
    expect(await interrupted(two)).toBe(false);
    expect(await interrupted(one)).toBe(true);
    expect(await one.transaction((card) => card.reset?.('cold') ?? Promise.reject(new Error('no reset')))).toEqual(echoAtr(true));
    expect(await interrupted(one)).toBe(true);
    await two.close();
    expect(await interrupted(one)).toBe(false);
    await open.close();
  });

  it('one close inside its own transaction, and one of the reader, take effect after it', async () => {
    const card = new EchoCard(true);
    const { reader } = await bench({ cards: [card] });
    const { open, slot } = await firstSlot(reader);
    const channel = await slot.connect();
    await channel.transaction(async (each) => {
      await channel.close();
      await open.close();
      expect(await each.transmit(ECHO)).toEqual(ECHOED);
    });
    expect(await open.closed).toBe('closed');
    expect(await channel.closed).toBe('closed');
    expect(card.resets.at(-1)).toBe('off');
  });

  it('an aborted command has an unknown outcome, one aborted before its turn was not sent', async () => {
    const clock = new AutoClock();
    const card = new EchoCard(true);
    const { reader, simulated } = await bench({ clock, cards: [card] }, { clock });
    const { open, slot } = await firstSlot(reader);
    const channel = await slot.connect();
    await expect(channel.transaction((each) => each.transmit(ECHO, { signal: AbortSignal.abort() }))).rejects.toMatchObject({
      reason: 'aborted',
      outcome: 'not-sent',
    });
    expect(card.seen).toEqual([]);
    const stop = new AbortController();
    card.work = () => clock.sleep(30_000);
    void clock.sleep(1000).then(() => stop.abort());
    await expect(channel.transaction((each) => each.transmit(ECHO, { signal: stop.signal }))).rejects.toMatchObject({
      reason: 'aborted',
      outcome: 'unknown',
    });
    // Both halves of the abort went out (CCID 1.1, 5.3.1).
    expect(simulated.journal.controlRequests.some((request) => request.bRequest === 1)).toBe(true);
    expect(simulated.journal.commands.some((command) => command.bMessageType === 0x72)).toBe(true);
    await open.close();
  });

  it('time extensions are passed on and lengthen the wait', async () => {
    const clock = new AutoClock();
    const card = new EchoCard(true);
    const { reader } = await bench({ clock, cards: [card], timeExtensionMs: 1500 }, { clock });
    card.work = () => clock.sleep(600_000);
    let waits = 0;
    const answer = await withCard(reader, (channel) => channel.transaction((each) => each.transmit(ECHO, { onWaiting: () => waits++ })));
    expect(answer).toEqual(ECHOED);
    expect(waits).toBeGreaterThan(300);
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
    expect(
      simulated.journal.commands.filter((each) => each.bMessageType === 0x62 || each.bMessageType === 0x63).map((each) => each.bMessageType),
    ).toEqual([0x62, 0x63, 0x62, 0x63, 0x62]);
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

describe('trace, record and replay', () => {
  const SELECT = Uint8Array.of(0, 0xa4, 4, 0, 2, 0xa0, 0, 0);
  const VERIFY = Uint8Array.of(0, 0x20, 0, 0x80, 8, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0xff, 0xff);

  it('a trace holds bodies of public commands only', async () => {
    const events: TraceEvent[] = [];
    const { reader } = await bench({ cards: [new EchoCard(true)] }, { trace: (event) => events.push(event) });
    await withCard(reader, (channel) =>
      channel.transaction(async (card) => {
        await card.transmit(SELECT);
        await card.transmit(VERIFY);
      }),
    );
    const apdus = events.filter((event): event is Extract<TracedEvent, { layer: 'apdu' }> => event.layer === 'apdu');
    expect(apdus.map((event) => [event.kind, event.ins, event.body?.length])).toEqual([
      ['command', 0xa4, SELECT.length],
      ['response', 0xa4, 2],
      ['command', 0x20, undefined],
      ['response', 0x20, undefined],
    ]);
    expect(events.map((event) => `${event.layer} ${event.kind}`)).toEqual(
      expect.arrayContaining(['usb open', 'ccid command', 'ccid response', 'card power', 'card begin', 'card end', 'usb close']),
    );
  });

  it('a recording plays again; a difference and leftovers fail with the line number', async () => {
    const { reader } = await bench({ cards: [new EchoCard(true)] });
    const text = await withCard(reader, async (channel) => {
      const recording = recordChannel(channel);
      await recording.channel.transaction(async (card) => {
        await card.transmit(SELECT);
        await card.transmit(VERIFY);
        await card.transmit(ECHO);
      });
      return recording.text();
    });
    expect(text).not.toContain('313233');
    expect(text.split('\n').slice(4)).toEqual([
      'begin',
      '=> 00a4040002a00000',
      '<= 6d00',
      '=> 00200080 + 9 hidden',
      '<= 6d00',
      '=> 80ee0000 + 5 hidden',
      '<= 3 hidden + 9000',
      'end',
      '',
    ]);

    const play = async (commands: readonly (typeof SELECT)[]): Promise<void> => {
      const [replayed] = await createReplaySource(text).list();
      if (replayed === undefined) throw new Error('no reader');
      const { open, slot } = await firstSlot(replayed);
      const channel = await slot.connect();
      expect(channel.atr).toEqual(echoAtr(true));
      await channel.transaction(async (card) => {
        for (const command of commands) expect(await card.transmit(command)).toEqual(Uint8Array.of(0x6d, 0));
      });
      await open.close();
    };
    await expect(play([SELECT, VERIFY, ECHO])).rejects.toMatchObject({
      reason: 'protocol',
      message: expect.stringMatching(/^line 11: the answer was not public/) as string,
    });
    await expect(play([SELECT, SELECT])).rejects.toMatchObject({ message: expect.stringMatching(/^line 8: /) as string });
    const shortened = text.replace(/=> 80ee.*\n.*\n/, '');
    const [replayed] = await createReplaySource(shortened).list();
    if (replayed === undefined) throw new Error('no reader');
    const { open } = await firstSlot(replayed);
    await expect(open.close()).rejects.toMatchObject({ message: expect.stringMatching(/^line 5: the rest/) as string });
    expect(() => createReplaySource('nonsense')).toThrow(/^line 1: /);
  });
});
