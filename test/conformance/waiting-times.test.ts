import { describe, expect, it } from 'vitest';
import type { SimulatedReaderOptions } from '../../src/simulator/index.ts';
import { AutoClock } from '../unit/channel/auto-clock.ts';
import { bench, firstSlot } from './driver-setup.ts';
import { EchoCard } from './echo-card.ts';
import { type Sent, wiretap } from './wiretap.ts';

const ECHO = Uint8Array.of(0x80, 0xee, 0, 0, 3, 1, 2, 3, 0);
const ECHOED = Uint8Array.of(1, 2, 3, 0x90, 0);
const XFR_BLOCK = 0x6f;
/** dwDefaultClock of the simulated readers. */
const CLOCK_KHZ = 4800;
const ETU_MS = 372 / CLOCK_KHZ;
/** What a reader may take beside the card. */
const ROOM_MS = 1500;

/** T=1 with this BWI and CWI, TB3. */
function t1Atr(tb3: number): Uint8Array<ArrayBuffer> {
  const body = [0x80, 0x81, 0x21, tb3];
  return Uint8Array.of(
    0x3b,
    ...body,
    body.reduce((sum, octet) => sum ^ octet, 0),
  );
}
/** T=0 with this waiting integer, TC2. */
const t0Atr = (wi: number): Uint8Array<ArrayBuffer> => Uint8Array.of(0x3b, 0x80, 0x40, wi);

interface Times {
  /** Milliseconds of the fake clock that the command took. */
  readonly tookMs: number;
  /** 'answer', or the reason of the failure. */
  readonly result: string;
  /** XfrBlock messages of the command. */
  readonly blocks: readonly Sent[];
  readonly waits: number;
}

/** One command to a card that works for `workMs`, or to a reader that never answers. */
async function timed(
  atr: Uint8Array<ArrayBuffer>,
  options: SimulatedReaderOptions,
  workMs: number | 'silence',
  command: Uint8Array<ArrayBuffer> = ECHO,
): Promise<Times> {
  const clock = new AutoClock();
  const card = new EchoCard(true, atr);
  // No time extension: the host waits by itself.
  const { reader, usb, simulated } = await bench({ level: 'tpdu', timeExtensionMs: 1e9, clock, cards: [card], ...options }, { clock });
  const sent = await wiretap(usb);
  const { open, slot } = await firstSlot(reader);
  const channel = await slot.connect();
  const before = sent.length;
  if (workMs === 'silence') simulated.fault({ kind: 'silence', message: XFR_BLOCK });
  else card.work = () => clock.sleep(workMs);
  const startMs = clock.nowMs();
  let waits = 0;
  const result = await channel
    .transaction((each) => each.transmit(command, { onWaiting: () => waits++ }))
    .then(
      (answer) => (Buffer.compare(answer, ECHOED) === 0 ? 'answer' : 'another answer'),
      (error: unknown) => (error instanceof Error && 'reason' in error ? String(error.reason) : String(error)),
    );
  const tookMs = clock.nowMs() - startMs;
  await open.close();
  return { tookMs, result, blocks: sent.slice(before).filter((each) => each.bMessageType === XFR_BLOCK), waits };
}

describe('how long a silent reader is waited for: by the waiting times of the card', () => {
  it.each([0, 4, 9])('T=1, BWI %i', async (bwi) => {
    // The standard's own formula (ISO/IEC 7816-3, 11.4.3): 11 etu + 2^BWI x 960 x 372 / f; with CWI 0 characters come at once.
    const bwtMs = 11 * ETU_MS + (2 ** bwi * 960 * 372) / CLOCK_KHZ;
    const { tookMs, result } = await timed(t1Atr(bwi << 4), {}, 'silence');
    expect(result).toBe('timeout');
    expect(tookMs).toBeGreaterThan(bwtMs);
    expect(tookMs).toBeLessThan(bwtMs + 260 * 24 * ETU_MS + ROOM_MS);
  });

  it.each([0, 5, 10, 13])('T=1, CWI %i: the time between the characters counts', async (cwi) => {
    const cwtMs = (11 + 2 ** cwi) * ETU_MS;
    const { tookMs } = await timed(t1Atr(cwi), {}, 'silence');
    expect(tookMs).toBeGreaterThan(255 * cwtMs);
    expect(tookMs).toBeLessThan(260 * cwtMs + 260 * 12 * ETU_MS + 100 + ROOM_MS);
  });

  it.each([1, 10, 255])('T=0, WI %i', async (wi) => {
    const wwtMs = (960 * wi * 372) / CLOCK_KHZ;
    const { tookMs, result } = await timed(t0Atr(wi), {}, 'silence');
    expect(result).toBe('timeout');
    // Before each character of the answer a card may wait so long.
    expect(tookMs).toBeGreaterThan(Math.max(3 * wwtMs, 1000));
    expect(tookMs).toBeLessThan(Math.max(3000, 262 * wwtMs + 261 * 12 * ETU_MS) + ROOM_MS);
  });

  it('T=0 at the speed of PPS: the waiting time grows with F', async () => {
    const fast = await timed(Uint8Array.of(0x3b, 0x90, 0x95, 0x40, 100), {}, 'silence');
    const slow = await timed(Uint8Array.of(0x3b, 0x90, 0x11, 0x40, 100), {}, 'silence');
    expect(fast.tookMs / slow.tookMs).toBeGreaterThan((512 / 372) * 0.95);
    expect(fast.tookMs / slow.tookMs).toBeLessThan(512 / 372);
  });
});

describe('how long a PPS response is waited for (ISO/IEC 7816-3, 9 and 10.2)', () => {
  it('9600 etu for each of its characters', async () => {
    const clock = new AutoClock();
    // TA1 95: a speed to ask for.
    const card = new EchoCard(true, Uint8Array.of(0x3b, 0x90, 0x95, 0x81, 0x01, 0x85));
    const { reader, simulated } = await bench({ level: 'tpdu', clock, cards: [card] }, { clock });
    const { open, slot } = await firstSlot(reader);
    simulated.fault({ kind: 'silence', message: XFR_BLOCK });
    const startMs = clock.nowMs();
    const channel = await slot.connect();
    const tookMs = clock.nowMs() - startMs;
    expect(tookMs).toBeGreaterThanOrEqual(6 * 9600 * ETU_MS);
    expect(tookMs).toBeLessThan(6 * 9600 * ETU_MS + ROOM_MS);
    // The card was reset then, and serves at its defaults.
    expect(await channel.transaction((each) => each.transmit(ECHO))).toEqual(ECHOED);
    await open.close();
  });
});

describe('the same where the reader builds the blocks', () => {
  it.each([0, 4, 9])('short APDU level, T=1, BWI %i', async (bwi) => {
    const bwtMs = 11 * ETU_MS + (2 ** bwi * 960 * 372) / CLOCK_KHZ;
    const { tookMs, result } = await timed(t1Atr(bwi << 4), { level: 'short-apdu' }, 'silence');
    expect(result).toBe('timeout');
    expect(tookMs).toBeGreaterThan(bwtMs);
    // The answer may have 256 bytes and their status: two blocks.
    expect(tookMs).toBeLessThan(2 * (bwtMs + 260 * 24 * ETU_MS) + ROOM_MS);
  });

  it('extended APDU level: a card may take its time before it acknowledges each block of a long command', async () => {
    const bwtMs = (2 ** 4 * 960 * 372) / CLOCK_KHZ;
    const long = Uint8Array.of(0x80, 0xee, 0, 0, 255, ...Array<number>(255).fill(7), 0);
    const [one, many] = [
      await timed(t1Atr(0x40), { level: 'extended-apdu' }, 'silence'),
      await timed(t1Atr(0x40), { level: 'extended-apdu' }, 'silence', long),
    ];
    // IFSC is 32: nine blocks.
    expect(many.tookMs - one.tookMs).toBeGreaterThan(8 * bwtMs);
    expect(many.tookMs).toBeLessThan(12 * (bwtMs + 260 * 24 * ETU_MS) + ROOM_MS);
  });

  it('a card whose ATR says nothing readable gets a minute', async () => {
    const { tookMs } = await timed(Uint8Array.of(0x3b, 0x80, 0x81), { level: 'short-apdu' }, 'silence');
    expect(tookMs).toBe(60_000);
  });
});

describe('S(WTX request): the card asks for more than one waiting time (ISO/IEC 7816-3, 11.4.3)', () => {
  /** BWI 4, CWI 0: a block waiting time of 1191 ms, of which the card lets 1100 pass. */
  const atr = t1Atr(0x40);
  const asking = { t1WaitingTimeMs: 1100, t1WtxMultiplier: 7 };

  it('the multiplier stands in bBWI of the block that grants it, and nowhere else', async () => {
    const { result, blocks, waits } = await timed(atr, asking, 1100 + 7 * 1100 + 500);
    expect(result).toBe('answer');
    expect(blocks.map(({ byte7, abData }) => `${byte7} ${abData.slice(0, 4)}`)).toEqual(['0 0000', '7 00e3', '7 00e3']);
    expect(blocks[1]?.abData).toBe('00e30107e5');
    expect(waits).toBe(2);
    // One is said as well, as libccid does.
    const once = await timed(atr, { ...asking, t1WtxMultiplier: 1 }, 1100 + 500);
    expect(once.blocks.map(({ byte7, abData }) => `${byte7} ${abData.slice(0, 4)}`)).toEqual(['0 0000', '1 00e3']);
  });

  it('the host waits as many times as long', async () => {
    expect(await timed(atr, asking, 8000)).toMatchObject({ result: 'answer', waits: 1 });
    // Planted: without the request the same time is too long.
    expect(await timed(atr, { t1WaitingTimeMs: 1e9 }, 8000)).toMatchObject({ result: 'timeout', waits: 0 });
  });

  it('a reader that watches the waiting time lets the card have it, by bBWI', async () => {
    const watching = { ...asking, t1HoldsWaitingTime: true };
    expect(await timed(atr, watching, 8000)).toMatchObject({ result: 'answer', waits: 1 });
    // Planted: a card that takes its time without asking is called mute by such a reader.
    expect((await timed(atr, { t1HoldsWaitingTime: true }, 8000)).result).not.toBe('answer');
  });
});

describe('time extension without end where nothing is computed', () => {
  const LIMIT_MS = 300_000;

  it.each([
    ['PPS', XFR_BLOCK, Uint8Array.of(0x3b, 0x90, 0x95, 0x81, 0x01, 0x85)],
    ['S(IFS request)', XFR_BLOCK, t1Atr(0x45)],
    ['IccPowerOn', 0x62, t1Atr(0x45)],
    ['SetParameters', 0x61, t1Atr(0x45)],
    ['GetSlotStatus', 0x65, t1Atr(0x45)],
  ])('%s is given up', async (_name, message, atr) => {
    const clock = new AutoClock();
    const { reader, simulated } = await bench({ level: 'tpdu', clock, cards: [new EchoCard(true, atr)] }, { clock });
    simulated.fault({ kind: 'time-extension', message });
    // Ends the test where the driver would not.
    void clock.sleep(LIMIT_MS).then(() => simulated.remove());
    const { open, slot } = await firstSlot(reader);
    // Given up, or gone on with after a reset; but not waited for.
    await slot.connect().catch(() => undefined);
    expect(clock.nowMs()).toBeLessThan(LIMIT_MS);
    const [first] = simulated.journal.commands.filter((each) => each.bMessageType === message);
    expect(first?.timeExtensions).toBeGreaterThan(10);
    expect(first?.timeExtensions).toBeLessThan(70);
    const channel = await slot.connect();
    expect(await channel.transaction((card) => card.transmit(ECHO))).toEqual(ECHOED);
    await open.close();
  });
});
