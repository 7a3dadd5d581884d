import { describe, expect, it } from 'vitest';
import { CcidError, type Quirk, type QuirkEffects, QUIRKS, quirksFor } from '../../src/ccid/index.ts';
import { createWebUsbSource, type Reader } from '../../src/channel/index.ts';
import { CARD_QUIRKS } from '../../src/iso7816/tpdu.ts';
import { createCompositeReader, createSimulatedUsb, type SimulatedReader, type SimulatedReaderOptions } from '../../src/simulator/index.ts';
import { AutoClock } from '../unit/channel/auto-clock.ts';
import { bench, firstSlot, openPage } from './driver-setup.ts';
import { EchoCard } from './echo-card.ts';
import { type Demonstration, DEMONSTRATIONS } from './quirk-demonstrations.ts';
import { ANSWER, COMMAND, echo, entry, slowCard, type Work } from './quirk-works.ts';

/** Columns of a row that do nothing by themselves. */
const NAMES: readonly string[] = ['name', 'vendorId', 'productIds', 'readers', 'libccid', 'belowBcdDevice'];
const effectsIn = (row: Quirk): readonly (keyof QuirkEffects)[] => Object.keys(row).filter((key): key is keyof QuirkEffects => !NAMES.includes(key));

/** Firmware of which no row says that it is too old. */
const NEW_FIRMWARE = 0x9999;
/** A product of the vendor for rows about all of them. */
const ANY_PRODUCT = 0xe0fe;

async function plugged(
  { reader: options, secondInterface = false }: Demonstration,
  ids: SimulatedReaderOptions,
  clock: AutoClock,
  quirks: readonly Quirk[],
) {
  const card = new EchoCard(true);
  const whole: SimulatedReaderOptions = { clock, cards: [card], ...ids, ...options };
  if (!secondInterface) return { ...(await bench(whole, { clock, quirks })), card };
  const device = createCompositeReader({ ...ids, readers: [{ clock, cards: [new EchoCard(true)] }, whole] });
  const source = createWebUsbSource({ usb: createSimulatedUsb([device.device]), environment: openPage, simulated: true, clock, quirks });
  const [reader] = await source.list();
  const simulated = device.readers[1];
  if (reader === undefined || simulated === undefined) throw new Error('no reader with two interfaces');
  return { reader, simulated, card };
}

/** True when the work succeeds with this table; for a refusal, when the reader is refused and hears nothing. */
async function works(shown: Demonstration, ids: SimulatedReaderOptions, quirks: readonly Quirk[]): Promise<boolean> {
  const clock = new AutoClock();
  const { reader, simulated, card } = await plugged(shown, ids, clock, quirks);
  if (shown.refuses === true) return refused(reader, simulated);
  try {
    const open = await reader.open();
    try {
      const slot = open.slots[shown.slot ?? (shown.secondInterface === true ? 1 : 0)];
      return slot !== undefined && (await shown.work({ open, slot, card, simulated, clock }));
    } finally {
      await open.close();
    }
  } catch (error) {
    if (error instanceof Error && 'layer' in error) return false;
    throw error;
  }
}

async function refused(reader: Reader, simulated: SimulatedReader): Promise<boolean> {
  const error = await reader.open().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof CcidError && error.reason === 'old-firmware' && simulated.journal.commands.length === 0;
}

/** The table without one effect of one row. */
const without = (row: Quirk, effect: keyof QuirkEffects): readonly Quirk[] =>
  QUIRKS.map((each) => (each === row ? (Object.fromEntries(Object.entries(each).filter(([key]) => key !== effect)) as unknown as Quirk) : each));

const CASES = QUIRKS.flatMap((row) =>
  effectsIn(row).flatMap((effect) =>
    (row.productIds ?? [ANY_PRODUCT]).map((productId) => {
      const id = `${row.vendorId.toString(16).padStart(4, '0')}:${productId.toString(16).padStart(4, '0')}`;
      return [`${row.name}, ${effect}: ${id}, ${row.readers}`, row, effect, productId] as const;
    }),
  ),
);

/** Value and demonstration are of the same effect, which the compiler cannot follow through a variable. */
const demonstrate = (row: Quirk, effect: keyof QuirkEffects): Demonstration =>
  (DEMONSTRATIONS[effect] as (value: unknown, row: Quirk) => Demonstration)(row[effect], row);

describe('quirk rows', () => {
  it('each says which readers it is for and what libccid does there', () => {
    for (const row of QUIRKS) {
      expect(row.readers.length, row.name).toBeGreaterThan(3);
      expect(row.libccid, row.name).toMatch(/^\w+: ./);
      expect(effectsIn(row).length, row.name).toBeGreaterThan(0);
    }
    // No two rows contradict each other for one product, whatever its firmware.
    for (const row of QUIRKS)
      for (const productId of row.productIds ?? []) {
        const effects = quirksFor(QUIRKS, row.vendorId, productId, 0).flatMap(effectsIn);
        expect(new Set(effects).size, row.readers).toBe(effects.length);
      }
  });

  it.each(CASES)('%s', async (_name, row, effect, productId) => {
    const shown = demonstrate(row, effect);
    const bcdDevice = row.belowBcdDevice === undefined ? NEW_FIRMWARE : row.belowBcdDevice - 1;
    const ids = { vendorId: row.vendorId, productId, bcdDevice };
    expect(await works(shown, ids, QUIRKS), 'with the row').toBe(true);
    // Without the effect the defect shows.
    expect(await works(shown, ids, without(row, effect)), 'without the effect').toBe(false);
  });

  const firmwareRows = QUIRKS.filter((row) => row.belowBcdDevice !== undefined);
  it.each(firmwareRows.map((row) => [`${row.name}: ${row.readers}`, row] as const))('newer firmware is left alone: %s', async (_name, row) => {
    const [productId = 0] = row.productIds ?? [];
    expect(quirksFor(QUIRKS, row.vendorId, productId, (row.belowBcdDevice ?? 0) - 1)).toContain(row);
    expect(quirksFor(QUIRKS, row.vendorId, productId, row.belowBcdDevice)).not.toContain(row);
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
});

describe('PIN modification on Gemalto readers', () => {
  /** GET_FIRMWARE_FEATURES: 21 bytes, of which bit 2 of the ninth is bNumberMessageFix. */
  const features = (bits: number, bytes = 21): Uint8Array<ArrayBuffer> => {
    const answer = new Uint8Array(bytes);
    answer[8] = bits;
    return answer;
  };
  const row = QUIRKS.find((each) => each.allMessageIndexesUnlessMended === true);
  if (row === undefined) throw new Error('no such row');
  const modify = async (allMessageIndexes: boolean, answer: Uint8Array<ArrayBuffer> | null, work: Work = entry('modify')): Promise<boolean> => {
    const shown = DEMONSTRATIONS.allMessageIndexes(true, row);
    const reader = {
      ...shown.reader,
      defects: { allMessageIndexes },
      escape: (data: Uint8Array<ArrayBuffer>) => (data[0] === 0x6a && data.length === 1 ? answer : null),
    };
    return works({ reader, work }, { vendorId: row.vendorId, productId: ANY_PRODUCT, bcdDevice: NEW_FIRMWARE }, QUIRKS);
  };

  it.each([
    ['mended', false, features(0x04), true],
    ['not mended', true, features(0xfb), true],
    ['an answer of another length counts as not mended', true, features(0x04, 20), true],
    ['no such escape counts as not mended', true, null, true],
    ['planted: says that it is mended and is not', true, features(0x04), false],
  ] as const)('%s', async (_name, defect, answer, result) => {
    expect(await modify(defect, answer)).toBe(result);
  });

  it('the escape is not sent before PIN verification', async () => {
    let asked = 0;
    const shown = DEMONSTRATIONS.pinDelayMs(0, row);
    const reader = { ...shown.reader, defects: {}, escape: () => (asked++, null) };
    const ids = { vendorId: row.vendorId, productId: ANY_PRODUCT, bcdDevice: NEW_FIRMWARE };
    expect(await works({ reader, work: entry('verify') }, ids, QUIRKS)).toBe(true);
    expect(asked).toBe(0);
    expect(await works({ reader, work: entry('modify') }, ids, QUIRKS)).toBe(false);
    expect(asked).toBe(1);
  });
});

describe('cards that do not keep to their ATR', () => {
  const bytesOf = (hex: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(hex, 'hex'));
  /** The same promises under another name: the last historical byte and the check byte differ by the same bit. */
  const another = (atr: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => atr.map((octet, i) => (i >= atr.length - 2 ? octet ^ 1 : octet));
  const generates = (atr: Uint8Array<ArrayBuffer>, ms: number): Promise<boolean> => {
    const work: Work = (at) => slowCard(ms)({ ...at, card });
    const card = new EchoCard(true, atr);
    return works({ reader: { level: 'tpdu', t1HoldsWaitingTime: true, timeExtensionMs: 1e8, cards: [card] }, work }, {}, QUIRKS);
  };

  it.each(CARD_QUIRKS.map((row) => [row.cards, row] as const))('%s', async (_name, { atr }) => {
    expect(await generates(bytesOf(atr), 5000)).toBe(true);
    expect(await generates(another(bytesOf(atr)), 5000), 'planted: a card without a row').toBe(false);
    expect(await generates(another(bytesOf(atr)), 1000)).toBe(true);
    expect(await generates(bytesOf(atr), 20_000), 'for longer than the row allows').toBe(false);
  });

  it('such a reader serves an ordinary card', async () => {
    expect(await works({ reader: { level: 'tpdu', t1HoldsWaitingTime: true }, work: echo() }, {}, QUIRKS)).toBe(true);
  });
});
