import { beforeAll, describe, expect, it } from 'vitest';
import { READER_ENDPOINTS, type SimulatedReaderOptions, type TransferFaultKind } from '../../src/simulator/index.ts';
import { AutoClock } from '../unit/channel/auto-clock.ts';
import { bench, firstSlot } from './driver-setup.ts';
import { EchoCard, echoAtr } from './echo-card.ts';

const XFR = 0x6f;
const SET_PARAMETERS = 0x61;
/** bRequest of CLEAR_FEATURE (USB 2.0, 9.4.1) and GET_DATA_RATES (CCID 1.1, 5.3.3). */
const CLEAR_FEATURE = 1;
const GET_DATA_RATES = 3;
const { bulkIn, bulkOut } = READER_ENDPOINTS;
/** An answer of two transfers: 10 + 100 + 2 bytes in packets of 64. */
const DATA = Array.from({ length: 100 }, (_, i) => i);
const COMMAND = Uint8Array.of(0x80, 0xee, 0, 0, 100, ...DATA, 0);
const ANSWER = Uint8Array.of(...DATA, 0x90, 0);

// Loaded when a reader needs it: the clock must not take that for waiting.
beforeAll(() => import('../../src/channel/few-readers.ts'));

async function connected(options: SimulatedReaderOptions = {}) {
  const clock = new AutoClock();
  const card = new EchoCard(true);
  const made = await bench({ clock, cards: [card], ...options }, { clock });
  const { open, slot } = await firstSlot(made.reader);
  const channel = await slot.connect();
  made.simulated.journal.clear();
  const blocks = (): number => made.simulated.journal.commands.filter((each) => each.bMessageType === XFR).length;
  const fromMs = clock.nowMs();
  return { ...made, open, slot, channel, clock, card, blocks, tookMs: () => clock.nowMs() - fromMs };
}

describe('a read that fails is made once more', () => {
  it.each([
    ['noise', 1],
    ['noise', 2],
    ['stall-and-go-on', 1],
  ] as const)('%s at transfer %i of an answer: the answer is still there', async (kind, at) => {
    const { simulated, channel, open, card, blocks } = await connected();
    simulated.device.faults.plant({ kind, address: bulkIn, at });
    expect(await channel.transaction((each) => each.transmit(COMMAND))).toEqual(ANSWER);
    expect(simulated.device.faults.struck).toBe(1);
    expect([blocks(), card.seen.length]).toEqual([1, 1]);
    await open.close();
  });

  it.each([
    ['noise', 1, 'twice'],
    ['stall', 1, 'once'],
    ['stall', 2, 'once'],
    ['babble', 1, 'once'],
    ['babble', 2, 'once'],
    ['silence', 2, 'once'],
  ] as const)('%s at transfer %i, %s: the answer is lost, soon, and the command is not sent again', async (kind, at, until) => {
    const { simulated, channel, open, card, blocks, tookMs } = await connected();
    simulated.device.faults.plant({ kind, address: bulkIn, at, until });
    await expect(channel.transaction((each) => each.transmit(COMMAND))).rejects.toMatchObject({
      reason: kind === 'silence' ? 'timeout' : 'transport',
      outcome: 'unknown',
    });
    expect([blocks(), card.seen.length]).toEqual([1, 1]);
    if (kind !== 'silence') expect(tookMs()).toBeLessThan(10_000);
    const again = await channel.transaction(async (each) => [each.interrupted, await each.transmit(COMMAND)]);
    expect(again).toEqual([true, ANSWER]);
    await open.close();
  });

  it('and the endpoint is given up on that can not be cleared', async () => {
    const { simulated, channel, open, tookMs } = await connected();
    simulated.device.faults.plant({ kind: 'stall', address: bulkIn });
    simulated.device.faults.plant({ kind: 'silence', address: 0, bRequest: CLEAR_FEATURE, until: 'twice' });
    await expect(channel.transaction((each) => each.transmit(COMMAND))).rejects.toMatchObject({ reason: 'transport', outcome: 'unknown' });
    expect(tookMs()).toBeLessThan(60_000);
    simulated.device.faults.clear();
    expect(await channel.transaction((each) => each.transmit(COMMAND))).toEqual(ANSWER);
    await open.close();
  });
});

describe('a message that the host can not get out', () => {
  it.each([
    ['noise', true],
    ['noise', false],
    ['silence', true],
    ['silence', false],
    ['stall', false],
  ] as const)('%s, taken by the reader: %s; never sent twice', async (kind, taken) => {
    const { simulated, channel, open, card, blocks } = await connected();
    simulated.device.faults.plant({ kind, address: bulkOut, taken });
    await expect(channel.transaction((each) => each.transmit(COMMAND))).rejects.toMatchObject({ outcome: 'unknown' });
    expect([blocks(), card.seen.length]).toEqual(taken ? [1, 1] : [0, 0]);
    expect(await channel.transaction((each) => each.transmit(COMMAND))).toEqual(ANSWER);
    await open.close();
  });
});

describe('GET_DATA_RATES', () => {
  const table: SimulatedReaderOptions = { level: 'tpdu', ccid: { bNumDataRatesSupported: 1 }, dataRates: [10_753] };
  const fails = async (kind: TransferFaultKind) => {
    const clock = new AutoClock();
    const made = await bench({ ...table, clock, cards: [new EchoCard(true)] }, { clock });
    made.simulated.device.faults.plant({ kind, address: 0, bRequest: GET_DATA_RATES });
    return { ...made, ...(await firstSlot(made.reader)), clock };
  };

  it.each(['stall', 'noise', 'silence'] as const)('%s: the reader is used without its table, soon', async (kind) => {
    const { slot, open, clock, simulated } = await fails(kind);
    // Ends the test where the driver would wait for ever.
    const over = new AbortController();
    void clock.sleep(3_600_000, over.signal).then(
      () => simulated.device.unplug(),
      () => undefined,
    );
    const channel = await slot.connect();
    over.abort();
    expect(clock.nowMs()).toBeLessThan(10_000);
    expect(simulated.device.faults.struck).toBe(1);
    expect(await channel.transaction((each) => each.transmit(COMMAND))).toEqual(ANSWER);
    await open.close();
  });

  it('and whoever waits may give up', async () => {
    const { slot, open, clock } = await fails('silence');
    const stop = new AbortController();
    void clock.sleep(100).then(() => stop.abort());
    await expect(slot.connect({ signal: stop.signal })).rejects.toMatchObject({ reason: 'aborted', outcome: 'not-sent' });
    expect(clock.nowMs()).toBeLessThan(1000);
    expect(await (await slot.connect()).transaction((each) => each.transmit(COMMAND))).toEqual(ANSWER);
    await open.close();
  });
});

describe('whoever waits for a card may give up', () => {
  it.each([
    ['PPS', XFR, Uint8Array.of(0x3b, 0x90, 0x95, 0x81, 0x01, 0x85)],
    ['SetParameters', SET_PARAMETERS, echoAtr(true)],
    ['S(IFS request)', XFR, echoAtr(true)],
  ] as const)('at %s', async (_name, message, atr) => {
    const clock = new AutoClock();
    const { reader, simulated } = await bench({ level: 'tpdu', clock, cards: [new EchoCard(true, atr)] }, { clock });
    const { open, slot } = await firstSlot(reader);
    simulated.fault({ kind: 'time-extension', message });
    const stop = new AbortController();
    void clock.sleep(500).then(() => stop.abort());
    await expect(slot.connect({ signal: stop.signal })).rejects.toMatchObject({ reason: 'aborted', outcome: 'not-sent' });
    expect(clock.nowMs()).toBeLessThan(2000);
    simulated.clearFaults();
    expect(await (await slot.connect()).transaction((each) => each.transmit(COMMAND))).toEqual(ANSWER);
    await open.close();
  });
});
