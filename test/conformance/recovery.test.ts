import { describe, expect, it, vi } from 'vitest';
import type { CardChannel } from '../../src/channel/index.ts';
import type { TraceEvent } from '../../src/codec/index.ts';
import { type Fault, READER_ENDPOINTS, type SimulatedReaderOptions, type TransferFault } from '../../src/simulator/index.ts';
import { AutoClock } from '../unit/channel/auto-clock.ts';
import { bench, firstSlot } from './driver-setup.ts';
import { EchoCard } from './echo-card.ts';

const ECHO = Uint8Array.of(0x80, 0xee, 0, 0, 3, 1, 2, 3, 0);
const ECHOED = Uint8Array.of(1, 2, 3, 0x90, 0);
const POWER_ON = 0x62;
const POWER_OFF = 0x63;
const STATUS = 0x65;
const XFR = 0x6f;
const ABORT = 0x72;
/** bRequest of the control half (CCID 1.1, 5.3.1). */
const CONTROL_ABORT = 1;

async function lab(options: SimulatedReaderOptions = {}, trace: (event: TraceEvent) => void = () => undefined) {
  const clock = new AutoClock();
  const card = new EchoCard(true);
  const made = await bench({ clock, cards: [card], ...options }, { clock, trace });
  const [device] = await made.usb.getDevices();
  if (device === undefined) throw new Error('no device');
  const release = vi.spyOn(device, 'releaseInterface');
  /** Without the questions of the watch and of the claim. */
  const types = (): number[] => made.simulated.journal.commands.map((each) => each.bMessageType).filter((type) => type !== STATUS);
  return { ...made, ...(await firstSlot(made.reader)), clock, card, device, types, releases: () => release.mock.calls.length };
}

const echo = (channel: CardChannel): Promise<readonly [boolean, Uint8Array]> =>
  channel.transaction(async (card) => [card.interrupted, await card.transmit(ECHO)]);

describe('reset', () => {
  it.each([
    ['warm', [POWER_ON], ['warm']],
    ['cold', [POWER_OFF, POWER_ON], ['off', 'cold']],
  ] as const)('%s: what the reader is told and the card feels', async (kind, told, felt) => {
    const { open, slot, card, simulated, types } = await lab();
    const channel = await slot.connect();
    await channel.transaction(async (each) => {
      await each.transmit(ECHO);
      simulated.journal.clear();
      card.resets = [];
      expect(await each.reset?.(kind)).toEqual(card.atr);
      expect(types()).toEqual(told);
      expect(card.resets).toEqual(felt);
      expect(await each.transmit(ECHO)).toEqual(ECHOED);
    });
    await open.close();
  });

  it.each(['warm', 'cold'] as const)('%s, of a card that was taken out: the slot is empty then', async (kind) => {
    const { open, slot, simulated } = await lab({ notifies: false });
    const channel = await slot.connect();
    await channel.transaction(async (each) => {
      simulated.remove();
      await expect(each.reset?.(kind)).rejects.toMatchObject({ layer: 'channel' });
      expect(slot.presence).toBe('absent');
    });
    expect(await channel.closed).toBe('card-removed');
    await open.close();
  });
});

describe('the reset after a failure', () => {
  it('takes the power of a card whose reader wants that before each power-on (KOBIL IDToken)', async () => {
    const { open, slot, simulated, types } = await lab({ vendorId: 0x0d46, productId: 0x301d });
    const channel = await slot.connect();
    simulated.journal.clear();
    simulated.fault({ kind: 'parity', message: XFR });
    await expect(echo(channel)).rejects.toMatchObject({ outcome: 'unknown' });
    expect(types()).toEqual([XFR, POWER_OFF]);
    expect(await echo(channel)).toEqual([true, ECHOED]);
    await open.close();
  });

  it('waits for no reader that asks for time without end: it is stopped, and the power taken', async () => {
    const { open, slot, simulated, types, clock } = await lab();
    const channel = await slot.connect();
    simulated.journal.clear();
    simulated.fault({ kind: 'parity', message: XFR });
    simulated.fault({ kind: 'time-extension', message: POWER_ON });
    const fromMs = clock.nowMs();
    await expect(echo(channel)).rejects.toMatchObject({ outcome: 'unknown' });
    expect(clock.nowMs() - fromMs).toBeLessThan(10_000);
    expect(types()).toEqual([XFR, POWER_ON, ABORT, POWER_OFF]);
    expect(await echo(channel)).toEqual([true, ECHOED]);
    await open.close();
  });
});

describe('a reader that fails at power-on is given back and taken anew, once', () => {
  const cases: readonly (readonly [string, Fault | TransferFault])[] = [
    ['no answer', { kind: 'silence', message: POWER_ON }],
    ['a stall', { kind: 'stall-in', message: POWER_ON }],
    ['bulk IN halts until the claim', { kind: 'stall', address: READER_ENDPOINTS.bulkIn, until: 'claim' }],
    ['noise on bulk IN until the claim', { kind: 'noise', address: READER_ENDPOINTS.bulkIn, until: 'claim' }],
    ['noise on bulk OUT until the claim', { kind: 'noise', address: READER_ENDPOINTS.bulkOut, until: 'claim' }],
  ];
  it.each(cases)('%s', async (_name, fault) => {
    const { open, slot, simulated, releases } = await lab();
    if ('address' in fault) simulated.device.faults.plant(fault);
    else simulated.fault(fault);
    const channel = await slot.connect();
    expect(releases()).toBe(1);
    expect(await echo(channel)).toEqual([false, ECHOED]);
    await open.close();
  });

  it('and no more than once', async () => {
    const { open, slot, simulated, releases } = await lab();
    simulated.fault({ kind: 'silence', message: POWER_ON, until: 'never' });
    await expect(slot.connect()).rejects.toMatchObject({ reason: 'timeout', outcome: 'not-sent' });
    expect(releases()).toBe(1);
    await open.close();
  });

  it('not for a card that is mute', async () => {
    const { open, slot, simulated, releases } = await lab();
    simulated.fault({ kind: 'mute', message: POWER_ON, until: 'never' });
    await expect(slot.connect()).rejects.toMatchObject({ reason: 'card-mute' });
    expect(releases()).toBe(0);
    await open.close();
  });
});

describe('a reader whose first GetSlotStatus fails', () => {
  it.each(['stall-in', 'babble', 'silence', 'hardware-error'] as const)('%s: it is opened all the same, and power-on tells more', async (kind) => {
    const clock = new AutoClock();
    const { reader, simulated } = await bench({ clock, notifies: false, cards: [new EchoCard(true)] }, { clock });
    simulated.fault({ kind, message: STATUS });
    const { open, slot } = await firstSlot(reader);
    expect(slot.presence).toBe('unknown');
    // A reader that may still be at it is told to stop.
    const stopped = simulated.journal.commands.filter((each) => each.bMessageType === ABORT).length;
    expect(stopped).toBe(kind === 'silence' ? 1 : 0);
    expect(await echo(await slot.connect())).toEqual([false, ECHOED]);
    await open.close();
  });
});

describe('a reader that is busy with what somebody left behind', () => {
  it('is told to stop, and powers the card', async () => {
    const clock = new AutoClock();
    const card = new EchoCard(true);
    const { simulated, usb, reader } = await bench({ clock, cards: [card] }, { clock });
    const [device] = await usb.getDevices();
    if (device === undefined) throw new Error('no device');
    await device.open();
    await device.claimInterface(0);
    await device.transferOut(1, Uint8Array.of(POWER_ON, 0, 0, 0, 0, 0, 200, 0, 0, 0));
    await device.transferIn(2, 64);
    card.work = () => clock.sleep(600_000);
    await device.transferOut(1, Uint8Array.of(XFR, ECHO.length, 0, 0, 0, 0, 201, 0, 0, 0, ...ECHO));
    await device.close();
    simulated.journal.clear();
    const { open, slot } = await firstSlot(reader);
    const channel = await slot.connect();
    expect(simulated.journal.controlRequests.filter((each) => each.bRequest === CONTROL_ABORT)).toHaveLength(1);
    expect(simulated.journal.commands.filter((each) => each.bMessageType === ABORT)).toHaveLength(1);
    card.work = () => Promise.resolve();
    expect(await echo(channel)).toEqual([false, ECHOED]);
    await open.close();
  });
});

describe('ABORT', () => {
  /** A command that the caller gives up after a second, which the card works on for half a minute. */
  async function givenUp(at: Awaited<ReturnType<typeof lab>>): Promise<CardChannel> {
    const channel = await at.slot.connect();
    await echo(channel);
    at.simulated.journal.clear();
    const stop = new AbortController();
    at.card.work = () => at.clock.sleep(30_000);
    void at.clock.sleep(1000).then(() => stop.abort());
    await expect(channel.transaction((each) => each.transmit(ECHO, { signal: stop.signal }))).rejects.toMatchObject({
      reason: 'aborted',
      outcome: 'unknown',
    });
    at.card.work = () => Promise.resolve();
    return channel;
  }

  it('both halves with one bSeq, then a warm reset', async () => {
    const at = await lab();
    const channel = await givenUp(at);
    expect(at.types()).toEqual([XFR, ABORT, POWER_ON]);
    const halves = at.simulated.journal.controlRequests.filter((each) => each.bRequest === CONTROL_ABORT);
    const bulk = at.simulated.journal.commands.find((each) => each.bMessageType === ABORT);
    expect(halves.map((each) => [each.wValue >> 8, each.wValue & 0xff])).toEqual([[bulk?.bSeq, 0]]);
    expect(await echo(channel)).toEqual([true, ECHOED]);
    expect(at.releases()).toBe(0);
    await at.open.close();
  });

  it('whose control half is refused: no other half, and the reader is taken anew', async () => {
    const at = await lab();
    at.simulated.device.faults.plant({ kind: 'stall', address: 0, bRequest: CONTROL_ABORT });
    const channel = await givenUp(at);
    expect(at.types()).toEqual([XFR]);
    expect(at.releases()).toBe(0);
    expect(await echo(channel)).toEqual([true, ECHOED]);
    expect(at.releases()).toBe(1);
    await at.open.close();
  });

  it.each(['silence', 'noise'] as const)('whose control half meets %s: what follows ends, and the next transaction works', async (kind) => {
    const at = await lab();
    at.simulated.device.faults.plant({ kind, address: 0, bRequest: CONTROL_ABORT });
    const channel = await givenUp(at);
    expect(at.clock.nowMs()).toBeLessThan(20_000);
    expect(await echo(channel)).toEqual([true, ECHOED]);
    await at.open.close();
  });

  it('old answers between it and its SlotStatus are dropped (CCID 1.1, 5.3.1)', async () => {
    const events: TraceEvent[] = [];
    const at = await lab({}, (event) => events.push(event));
    const transferOut = at.device.transferOut.bind(at.device);
    let bSeq = 0;
    vi.spyOn(at.device, 'transferOut').mockImplementation((endpoint, data) => {
      const message = data as Uint8Array;
      if (message[0] === XFR) bSeq = message[6] ?? 0;
      // More time, the answer after all, and that it was aborted: of the command that is given up.
      if (message[0] === ABORT)
        for (const [status, error, ...abData] of [
          [0x80, 1],
          [0, 0, 0x90, 0],
          [0x40, 0xff],
        ] as const)
          at.simulated.device.send(READER_ENDPOINTS.bulkIn, Uint8Array.of(0x80, abData.length, 0, 0, 0, 0, bSeq, status, error, 0, ...abData));
      return transferOut(endpoint, data);
    });
    const channel = await givenUp(at);
    const steps = events.flatMap((event) => (event.layer === 'ccid' && event.kind !== 'notify' ? [`${event.kind} ${event.message}`] : []));
    const from = steps.lastIndexOf('command PC_to_RDR_Abort');
    expect(steps.slice(from, from + 4)).toEqual([
      'command PC_to_RDR_Abort',
      'response RDR_to_PC_SlotStatus',
      'command PC_to_RDR_IccPowerOn',
      'response RDR_to_PC_DataBlock',
    ]);
    expect(at.types()).toEqual([XFR, ABORT, POWER_ON]);
    expect(await echo(channel)).toEqual([true, ECHOED]);
    await at.open.close();
  });
});

describe('a reader of many slots that is silent while it is opened', () => {
  const silent = async () => {
    const clock = new AutoClock();
    const made = await bench({ clock, slots: 32, cards: [new EchoCard(true)], ccid: { bMaxCCIDBusySlots: 1 } }, { clock });
    made.simulated.fault({ kind: 'silence', message: STATUS, until: 'never' });
    return { ...made, clock };
  };

  it('is waited for once, not once a slot', async () => {
    const { reader, clock, simulated } = await silent();
    const before = clock.nowMs();
    const open = await reader.open();
    expect(open.slots).toHaveLength(32);
    expect(clock.nowMs() - before).toBeLessThan(5000);
    expect(simulated.journal.commands.filter((each) => each.bMessageType === STATUS)).toHaveLength(1);
    await open.close();
  });

  it('can be given up', async () => {
    const { reader, clock } = await silent();
    const before = clock.nowMs();
    const giveUp = new AbortController();
    const opening = reader.open({ signal: giveUp.signal }).catch((error: unknown) => error);
    await clock.sleep(1000);
    giveUp.abort();
    expect(await opening).toMatchObject({ reason: 'aborted' });
    expect(clock.nowMs() - before).toBeLessThan(2500);
    // Nothing is left claimed: the next one opens it.
    await (await reader.open()).close();
  });
});
