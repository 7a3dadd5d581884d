import { describe, expect, it } from 'vitest';
import { type Quirk, QUIRKS, quirksFor } from '../../src/ccid/index.ts';
import { createPivCard, FEATURE, type SimulatedReaderOptions } from '../../src/simulator/index.ts';
import { AutoClock } from '../unit/channel/auto-clock.ts';
import { bench, firstSlot } from './driver-setup.ts';
import { EchoCard, t0Atr } from './echo-card.ts';

const COMMAND = Uint8Array.of(0x80, 0xee, 0, 0, 3, 1, 2, 3, 0);
const ANSWER = Uint8Array.of(1, 2, 3, 0x90, 0);
const VERIFY = Uint8Array.of(0, 0x20, 0, 0x80, 8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
const CHANGE = Uint8Array.of(0, 0x24, 0, 0x80, 16, ...Array<number>(16).fill(0xff));
const SELECT = Uint8Array.of(0, 0xa4, 4, 0, 5, 0xa0, 0, 0, 3, 8, 0);
const LIMITS = { minLength: 6, maxLength: 8 };

/** A simulated reader with the defect, and work that succeeds only with the remedy. */
interface Demonstration {
  readonly reader: (clock: AutoClock) => SimulatedReaderOptions;
  readonly work?: 'echo' | 'long-echo' | 'chained-echo' | 'second-slot' | 'slow-card' | 'twice' | 'verify' | 'modify' | 'presence' | 'no-pad';
}

const pad = (defects: SimulatedReaderOptions['defects'], wLcdLayout = 0x0210): SimulatedReaderOptions => ({
  ccid: { bPINSupport: 3, wLcdLayout },
  cards: [createPivCard({ profile: 'yubikey-5.4' })],
  pinPad: async () => ({ pin: '123456', newPin: '654321', confirmedPin: '654321' }),
  ...(defects === undefined ? {} : { defects }),
});

/** By the remedy of the row, so that a row without a demonstration is noticed. */
function demonstration(row: Quirk): Demonstration | undefined {
  if (row.openDelayMs !== undefined) return { reader: () => ({ defects: { deafMs: row.openDelayMs ?? 0 } }), work: 'presence' };
  // As slow as the row bears, and slower than the driver waits without it.
  if (row.openTimeoutFactor !== undefined)
    return { reader: () => ({ defects: { firstStatusMs: 3000 * (row.openTimeoutFactor ?? 1) - 100 } }), work: 'presence' };
  if (row.minMessageBytes !== undefined)
    return {
      reader: () => ({
        level: 'tpdu',
        ccid: { dwMaxCCIDMessageLength: 263 },
        defects: { takesMessageBytes: 271 },
        cards: [new NoChaining(false, t0Atr())],
      }),
      work: 'long-echo',
    };
  if (row.laterSlotsLevel !== undefined)
    return {
      reader: () => ({
        level: 'tpdu',
        slots: 2,
        laterSlots: { dwFeatures: FEATURE.SHORT_APDU | FEATURE.AUTO_PARAMETERS | FEATURE.AUTO_VOLTAGE | FEATURE.AUTO_CLOCK | FEATURE.AUTO_RATE },
        cards: [null, new EchoCard(true)],
      }),
      work: 'second-slot',
    };
  if (row.level !== undefined) return { reader: () => ({ defects: { noExtendedApdu: true } }), work: 'chained-echo' };
  if (row.powerOffFirst !== undefined)
    return { reader: () => ({ ccid: { dwFeatures: 0x000404be }, defects: { powerOnNeedsOff: true } }), work: 'twice' };
  if (row.extraTimeoutMs !== undefined) return { reader: () => ({ timeExtensionMs: 100_000_000 }), work: 'slow-card' };
  if (row.escapeOnPowerError !== undefined)
    return { reader: () => ({ level: 'short-apdu', defects: { powerOnNeedsEscape: row.escapeOnPowerError ?? { bError: 0, abData: [] } } }) };
  if (row.noIfsdRequest !== undefined)
    return { reader: () => ({ level: 'tpdu', bcdDevice: (row.belowBcdDevice ?? 1) - 1, defects: { breaksOnIfsd: true } }) };
  if (row.noPinPad !== undefined) return { reader: () => ({ ccid: { bPINSupport: 3 } }), work: 'no-pad' };
  if (row.swappedPinLengths !== undefined) return { reader: () => pad({ swappedPinLengths: true }, 0), work: 'verify' };
  if (row.pinDelayMs !== undefined) return { reader: () => pad({ keyHeldMs: row.pinDelayMs ?? 0, verifyMessages: 0 }), work: 'verify' };
  if (row.verifyMessages === 1) return { reader: () => pad({ verifyMessages: 1 }, 0), work: 'verify' };
  if (row.allMessageIndexes !== undefined) return { reader: () => pad({ allMessageIndexes: true }, 0), work: 'modify' };
  if (row.modifyMessages !== undefined) return { reader: () => pad({ modifyMessages: row.modifyMessages ?? 0 }, 0), work: 'modify' };
  return undefined;
}

/** Answers 6884 to chained commands. */
class NoChaining extends EchoCard {
  override async transmit(command: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    return ((command[0] ?? 0) & 0x10) !== 0 ? Uint8Array.of(0x68, 0x84) : super.transmit(command);
  }
}

/** True when the work succeeds with this table. */
async function works({ reader, work = 'echo' }: Demonstration, row: Quirk, quirks: readonly Quirk[]): Promise<boolean> {
  const clock = new AutoClock();
  const options = reader(clock);
  const card = new EchoCard(true);
  const made = await bench({ clock, cards: [card], vendorId: row.vendorId, productId: row.productIds?.[0] ?? 0xe001, ...options }, { clock, quirks });
  try {
    const { open, slot } = await firstSlot(made.reader);
    try {
      if (work === 'presence') return slot.presence === 'present';
      if (work === 'no-pad') return slot.pinPad === undefined;
      const used = work === 'second-slot' ? open.slots[1] : slot;
      const channel = await used?.connect();
      if (channel === undefined) return false;
      if (work === 'twice') {
        await channel.close();
        const again = await slot.connect();
        return (
          (await again.transaction(async (transaction) => [await transaction.reset?.('warm'), await transaction.transmit(COMMAND)])).length === 2
        );
      }
      if (work === 'slow-card') card.work = () => clock.sleep(330_000);
      return await channel.transaction(async (transaction) => {
        if (work === 'verify' || work === 'modify') {
          await transaction.transmit(SELECT);
          const result = await (work === 'verify' ? slot.pinPad?.verify(VERIFY, LIMITS) : slot.pinPad?.modify(CHANGE, LIMITS));
          return result?.kind === 'answer' && result.response[0] === 0x90;
        }
        const size = work === 'long-echo' ? 255 : work === 'chained-echo' ? 300 : 3;
        if (size === 3) return Buffer.compare(await transaction.transmit(COMMAND), ANSWER) === 0;
        const data = Uint8Array.from({ length: size }, (_, i) => i & 0xff);
        const head = size > 255 ? [0x80, 0xee, 0, 0, 0, size >> 8, size & 0xff] : [0x80, 0xee, 0, 0, size];
        const answer = await transaction.transmit(Uint8Array.from([...head, ...data, ...(size > 255 ? [0, 0] : [0])]));
        return Buffer.compare(answer.slice(0, -2), data) === 0;
      });
    } finally {
      await open.close();
    }
  } catch (error) {
    if (error instanceof Error && 'layer' in error) return false;
    throw error;
  }
}

describe('quirk rows', () => {
  it('each says which readers it is for and what libccid does there', () => {
    for (const row of QUIRKS) {
      expect(row.readers.length, row.name).toBeGreaterThan(3);
      expect(row.libccid, row.name).toMatch(/^\w+: ./);
    }
    // No two rows contradict each other for one product.
    for (const row of QUIRKS)
      for (const productId of row.productIds ?? []) {
        const effects = quirksFor(QUIRKS, row.vendorId, productId, 0).flatMap((each) =>
          Object.keys(each).filter((key) => !['name', 'vendorId', 'productIds', 'readers', 'libccid', 'belowBcdDevice'].includes(key)),
        );
        expect(new Set(effects).size, row.readers).toBe(effects.length);
      }
  });

  it.each(QUIRKS.map((row) => [`${row.name}: ${row.readers}`, row] as const))('%s', async (_name, row) => {
    const shown = demonstration(row);
    if (shown === undefined) throw new Error('no simulated reader has this defect');
    expect(await works(shown, row, QUIRKS)).toBe(true);
    // Without the row the defect shows.
    expect(
      await works(
        shown,
        row,
        QUIRKS.filter((each) => each !== row),
      ),
    ).toBe(false);
  });

  it('a class descriptor that is wrong about its length is used, and the description of the reader says so', async () => {
    const { reader } = await bench({ ccid: { bLength: 27, bNumDataRatesSupported: 27 }, cards: [new EchoCard(true)] });
    const { quirks, ccid } = await reader.describe();
    expect(quirks).toContain('descriptor-repaired');
    expect(ccid).toContainEqual({ name: 'bLength', value: '27', detail: 'wrong, read as 54' });
    const { open, slot } = await firstSlot(reader);
    expect(await (await slot.connect()).transaction((card) => card.transmit(COMMAND))).toEqual(ANSWER);
    await open.close();
    expect((await (await bench({})).reader.describe()).quirks).not.toContain('descriptor-repaired');
  });

  it('a row for old firmware leaves new firmware alone', () => {
    expect(quirksFor(QUIRKS, 0x0529, 0x0620, 0x0013)).toHaveLength(1);
    expect(quirksFor(QUIRKS, 0x0529, 0x0620, 0x0100)).toHaveLength(0);
  });
});
