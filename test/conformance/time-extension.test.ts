import { describe, expect, it } from 'vitest';
import { READER_ENDPOINTS, type SimulatedReaderOptions } from '../../src/simulator/index.ts';
import { AutoClock } from '../unit/channel/auto-clock.ts';
import { bench, firstSlot } from './driver-setup.ts';
import { EchoCard } from './echo-card.ts';

const ECHO = Uint8Array.of(0x80, 0xee, 0, 0, 3, 1, 2, 3, 0);
const XFR_BLOCK = 0x6f;
/** dwDefaultClock of the simulated readers. */
const CLOCK_KHZ = 4800;
const ETU_MS = 372 / CLOCK_KHZ;
/** T=1 with BWI 4 and CWI 0 (ISO/IEC 7816-3, 11.4.3); T=0 with WI 10 (10.2). */
const T1 = Uint8Array.of(0x3b, 0x80, 0x81, 0x21, 0x40, 0x60);
const T0 = Uint8Array.of(0x3b, 0x80, 0x40, 0x0a);
const BWT_MS = 11 * ETU_MS + (2 ** 4 * 960 * 372) / CLOCK_KHZ;
const WWT_MS = (960 * 10 * 372) / CLOCK_KHZ;

/** How long a reader is waited for that asks for time with each bError, 100 ms after what came before, and then falls silent. */
async function waitedMs(atr: Uint8Array<ArrayBuffer>, options: SimulatedReaderOptions, ...bErrors: readonly number[]): Promise<number> {
  const clock = new AutoClock();
  const { reader, simulated } = await bench({ clock, cards: [new EchoCard(true, atr)], ...options }, { clock });
  const { open, slot } = await firstSlot(reader);
  const channel = await slot.connect();
  simulated.fault({ kind: 'silence', message: XFR_BLOCK });
  let askedMs = 0;
  const endedMs = await channel.transaction(async (card) => {
    const gone = card.transmit(ECHO).then(
      () => Number.NaN,
      () => clock.nowMs(),
    );
    for (const bError of bErrors) {
      await clock.sleep(100);
      askedMs = clock.nowMs();
      const bSeq = simulated.journal.commands.at(-1)?.bSeq ?? 0;
      simulated.device.send(READER_ENDPOINTS.bulkIn, Uint8Array.of(0x80, 0, 0, 0, 0, 0, bSeq, 0x80, bError, 0));
    }
    return gone;
  });
  await open.close();
  return endedMs - askedMs;
}

describe('a time extension counts the waiting times of the card (CCID 1.1, 6.2.6: BWT with T=1, WWT with T=0)', () => {
  it.each([
    ['TPDU, T=1', T1, { level: 'tpdu' }, BWT_MS],
    ['TPDU, T=0', T0, { level: 'tpdu' }, WWT_MS],
    ['short APDU, T=1', T1, { level: 'short-apdu' }, BWT_MS],
    ['extended APDU, T=1', T1, {}, BWT_MS],
    ['extended APDU, T=0', T0, {}, WWT_MS],
    // F = 1860: the reader may use it, or stay at 372.
    ['extended APDU, T=0, TA1 61', Uint8Array.of(0x3b, 0x10, 0x61), {}, (960 * 10 * 1860) / CLOCK_KHZ],
  ] as const satisfies readonly (readonly [string, Uint8Array, SimulatedReaderOptions, number])[])('%s', async (_name, atr, options, unitMs) => {
    const once = await waitedMs(Uint8Array.from(atr), options, 1);
    expect(once).toBeGreaterThan(unitMs);
    // Zero is seen, and means one.
    expect(await waitedMs(Uint8Array.from(atr), options, 0)).toBeCloseTo(once, 3);
    for (const bError of [2, 10, 255]) expect(await waitedMs(Uint8Array.from(atr), options, bError)).toBeCloseTo(once + unitMs * (bError - 1), 3);
    // Each is for one read.
    expect(await waitedMs(Uint8Array.from(atr), options, 10, 1)).toBeCloseTo(once, 3);
  });
});

describe('how long an ATR is waited for', () => {
  it.each([
    ['a minute', {}, 60_000],
    ['five minutes more by the row of Thales eToken Fusion NFC', { vendorId: 0x08e6, productId: 0x34d2 }, 360_000],
  ] as const)('%s', async (_name, ids, expectedMs) => {
    const clock = new AutoClock();
    const { reader, simulated } = await bench({ clock, cards: [new EchoCard(true)], ...ids }, { clock });
    const { open, slot } = await firstSlot(reader);
    simulated.fault({ kind: 'silence', message: 0x62 });
    const fromMs = clock.nowMs();
    // The reader is claimed anew then, and asked once more.
    await slot.connect();
    const tookMs = clock.nowMs() - fromMs;
    expect(tookMs).toBeGreaterThanOrEqual(expectedMs);
    expect(tookMs).toBeLessThan(expectedMs + 10_000);
    await open.close();
  });
});
