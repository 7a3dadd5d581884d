import { describe, expect, it } from 'vitest';
import {
  busySlots,
  describeInterface,
  effectsOf,
  exchangeLevel,
  findCcidInterfaces,
  ifsdBytes,
  parseCcidDescriptor,
  parseNotification,
  QUIRKS,
  quirksFor,
  supportedProtocols,
} from '../../../src/ccid/index.ts';
import { Builder, type Bytes, concat, fromHex } from '../../../src/codec/index.ts';
import { parseConfiguration } from '../../../src/usb/index.ts';
import { corporaAbsent, corpusJson } from '../../corpora.ts';

interface CorpusRow {
  readonly file: string;
  readonly vid: string;
  readonly pid: string;
  readonly bInterfaceNumber: number;
  readonly bAlternateSetting: number;
  readonly bNumEndpoints: number;
  readonly bInterfaceClass: string;
  readonly bInterfaceSubClass: number;
  readonly bInterfaceProtocol: number;
  readonly bcdCCID: string;
  readonly exchange: string;
  readonly [field: string]: string | number | boolean | readonly number[];
}

const number = (value: unknown): number => Number(value);
const bcd = (text: string): number => {
  const [high = '0', low = '0'] = text.split('.');
  return (Number.parseInt(high, 16) << 8) | Number.parseInt(low, 16);
};

/** The 54 bytes as the standard lays them out (CCID 1.1, table 5.1-1), from the facts of a dump. */
function classDescriptor(row: CorpusRow): Bytes {
  const b = new Builder().u8(54).u8(0x21).u16le(bcd(row.bcdCCID)).u8(number(row['bMaxSlotIndex'])).u8(number(row['bVoltageSupport']));
  for (const name of ['dwProtocols', 'dwDefaultClock_kHz', 'dwMaximumClock_kHz']) b.u32le(number(row[name]));
  b.u8(number(row['bNumClockSupported']))
    .u32le(number(row['dwDataRate']))
    .u32le(number(row['dwMaxDataRate']))
    .u8(number(row['bNumDataRatesSupported']));
  for (const name of ['dwMaxIFSD', 'dwSynchProtocols', 'dwMechanical', 'dwFeatures', 'dwMaxCCIDMessageLength']) b.u32le(number(row[name]));
  return b
    .u8(number(row['bClassGetResponse']))
    .u8(number(row['bClassEnvelope']))
    .u16le(number(row['wLcdLayout']))
    .u8(number(row['bPINSupport']))
    .u8(number(row['bMaxCCIDBusySlots']))
    .finish();
}

function configuration(row: CorpusRow, afterEndpoints: boolean): Bytes {
  const hid = fromHex('09 04 07 00 01 03 01 01 00  09 21 11 01 00 01 22 3f 00  07 05 87 03 08 00 0a');
  const ends = [fromHex('07 05 01 02 40 00 00'), fromHex('07 05 82 02 40 00 00'), fromHex('07 05 83 03 08 00 10')].slice(0, row.bNumEndpoints);
  const own = Uint8Array.of(
    9,
    4,
    row.bInterfaceNumber,
    row.bAlternateSetting,
    ends.length,
    number(row.bInterfaceClass),
    row.bInterfaceSubClass,
    row.bInterfaceProtocol,
    0,
  );
  const ccid = classDescriptor(row);
  const body = concat(hid, own, ...(afterEndpoints ? [...ends, ccid] : [ccid, ...ends]));
  return concat(Uint8Array.of(9, 2, (9 + body.length) & 0xff, (9 + body.length) >> 8, 2, 1, 0, 0x80, 50), body);
}

describe.skipIf(corporaAbsent !== undefined)(`descriptors of real readers${corporaAbsent === undefined ? '' : `: ${corporaAbsent}`}`, () => {
  const rows = corporaAbsent === undefined ? (corpusJson('ccid-readers/reader-descriptors.json') as readonly CorpusRow[]) : [];

  it('are all read to the facts given, wherever the class descriptor stands', () => {
    expect(rows.length).toBeGreaterThan(300);
    for (const row of rows)
      for (const afterEndpoints of row.bNumEndpoints === 0 ? [false] : [false, true]) {
        const [found, other] = findCcidInterfaces(parseConfiguration(configuration(row, afterEndpoints)).interfaces);
        if (found === undefined) throw new Error(`no CCID interface in ${row.file}`);
        expect(other).toBeUndefined();
        const { ccid, setting } = found;
        expect(setting, row.file).toMatchObject({ bInterfaceNumber: row.bInterfaceNumber, bInterfaceProtocol: row.bInterfaceProtocol });
        expect(exchangeLevel(ccid), row.file).toBe(row.exchange);
        const renamed: Readonly<Record<string, string>> = { dwDefaultClock: 'dwDefaultClock_kHz', dwMaximumClock: 'dwMaximumClock_kHz' };
        for (const [name, value] of Object.entries(ccid))
          expect(value, `${row.file} ${name}`).toBe(name === 'bcdCCID' ? bcd(row.bcdCCID) : number(row[renamed[name] ?? name]));
        expect(ifsdBytes(ccid)).toBeGreaterThanOrEqual(1);
        expect(ifsdBytes(ccid)).toBeLessThanOrEqual(254);
        expect(busySlots(ccid)).toBeGreaterThanOrEqual(1);
        expect(describeInterface(found).every((fact) => fact.name !== '' && fact.value !== '')).toBe(true);
      }
  });

  it('all offer a protocol, swapped fields included', () => {
    for (const row of rows) {
      const { t0, t1 } = supportedProtocols(parseCcidDescriptor(classDescriptor(row)));
      expect(t0 || t1, row.file).toBe(true);
    }
  });
});

/** OMNIKEY-like, fields by hand: an oracle without the builder above. */
const SAMPLE = fromHex(
  '36 21 1001 00 07 03000000 c0120000 c0120000 00 67320000 ce990c00 35 fe000000 00000000 00000000 30020100 0f010000 00 00 0000 00 01',
);

describe('the CCID class descriptor', () => {
  it('has its fields where the standard puts them', () => {
    expect(parseCcidDescriptor(SAMPLE)).toMatchObject({
      bcdCCID: 0x0110,
      bVoltageSupport: 7,
      dwProtocols: 3,
      dwDefaultClock: 4800,
      dwDataRate: 12_903,
      dwMaxDataRate: 825_806,
      bNumDataRatesSupported: 53,
      dwMaxIFSD: 254,
      dwFeatures: 0x00010230,
      dwMaxCCIDMessageLength: 271,
      bMaxCCIDBusySlots: 1,
    });
  });

  it('is told from a HID descriptor by its length', () => {
    expect(() => parseCcidDescriptor(fromHex('09 21 11 01 00 01 22 3f 00'))).toThrow(
      expect.objectContaining({ layer: 'ccid', reason: 'bad-descriptor' }) as Error,
    );
  });

  it('reads odd values as meant', () => {
    const odd = (patch: Readonly<Record<number, number>>): ReturnType<typeof parseCcidDescriptor> => {
      const bytes = SAMPLE.slice();
      for (const [at, value] of Object.entries(patch)) bytes[Number(at)] = value;
      return parseCcidDescriptor(bytes);
    };
    expect(supportedProtocols(odd({ 6: 0, 7: 3 }))).toEqual({ t0: true, t1: true });
    expect(supportedProtocols(odd({ 6: 2 }))).toEqual({ t0: false, t1: true });
    expect(ifsdBytes(odd({ 28: 0 }))).toBe(254);
    expect(ifsdBytes(odd({ 28: 0, 29: 4 }))).toBe(254);
    expect(ifsdBytes(odd({ 28: 32 }))).toBe(32);
    expect(busySlots(odd({ 53: 0 }))).toBe(1);
    expect(exchangeLevel(odd({ 42: 0x04 }))).toBe('extended-apdu');
    expect(exchangeLevel(odd({ 42: 0x02 }))).toBe('short-apdu');
    expect(exchangeLevel(odd({ 42: 0x00 }))).toBe('character');
    // Of several levels the highest.
    expect(exchangeLevel(odd({ 42: 0x07 }))).toBe('extended-apdu');
    expect(exchangeLevel(odd({ 42: 0x06 }))).toBe('extended-apdu');
    expect(exchangeLevel(odd({ 42: 0x03 }))).toBe('short-apdu');
  });

  /** The descriptors of an interface of class `bInterfaceClass` with these class descriptors, by bLength as a host walks them. */
  const interfaceOf = (bInterfaceClass: number, classBytes: Bytes, afterEndpoints = false): ReturnType<typeof findCcidInterfaces> => {
    const ends = fromHex('07 05 01 02 40 00 00  07 05 82 02 40 00 00');
    const own = Uint8Array.of(9, 4, 0, 0, 2, bInterfaceClass, 0, 0, 0);
    const body = afterEndpoints ? concat(own, ends, classBytes) : concat(own, classBytes, ends);
    return findCcidInterfaces(parseConfiguration(concat(Uint8Array.of(9, 2, 9 + body.length, 0, 1, 1, 0, 0x80, 50), body)).interfaces);
  };
  const patched = (patch: Readonly<Record<number, number>>): Bytes => {
    const bytes = SAMPLE.slice();
    for (const [at, value] of Object.entries(patch)) bytes[Number(at)] = value;
    return bytes;
  };

  it.each([false, true])('is repaired as libccid does: 54 bytes in all, whatever they say of themselves (after the endpoints: %s)', (after) => {
    // Two steps of 27 bytes; bNumDataRatesSupported is the second length.
    const [short] = interfaceOf(0x0b, patched({ 0: 27, 27: 27 }), after);
    expect(short).toMatchObject({ repaired: [27, 0x21], ccid: { dwMaxCCIDMessageLength: 271, bNumDataRatesSupported: 27 } });
    const [typed] = interfaceOf(0x0b, patched({ 1: 0x22 }), after);
    expect(typed).toMatchObject({ repaired: [54, 0x22], ccid: { dwMaxCCIDMessageLength: 271 } });
    for (const each of [short, typed]) {
      if (each === undefined) throw new Error('not found');
      expect(describeInterface(each).filter((fact) => fact.detail?.startsWith('wrong') === true)).toHaveLength(1);
    }
    const [right] = interfaceOf(0x0b, SAMPLE, after);
    expect(right).not.toHaveProperty('repaired');
  });

  it.each([
    ['53 bytes', concat(Uint8Array.of(53), SAMPLE.slice(1, 53)), 0x0b],
    ['55 bytes', concat(Uint8Array.of(55), SAMPLE.slice(1), Uint8Array.of(0)), 0x0b],
    ['56 bytes in two', concat(SAMPLE.slice(0, 0), patched({ 0: 27, 27: 27 }), Uint8Array.of(2, 0x41)), 0x0b],
    ['another type in a vendor interface', patched({ 1: 0x22 }), 0xff],
    ['the length of two endpoints more', patched({ 0: 68 }), 0x0b],
  ])('is not repaired: %s', (_, bytes, bInterfaceClass) => {
    expect(interfaceOf(bInterfaceClass, bytes)).toEqual([]);
  });

  it('counts for class FF, and for no other class', () => {
    const of = (bInterfaceClass: number): number =>
      findCcidInterfaces([
        { bInterfaceNumber: 0, bAlternateSetting: 0, bInterfaceClass, bInterfaceSubClass: 0, bInterfaceProtocol: 0, extra: [SAMPLE], endpoints: [] },
      ]).length;
    expect([0x0b, 0xff, 0x03].map(of)).toEqual([1, 1, 0]);
  });
});

describe('notifications (CCID 1.1, 6.3)', () => {
  it('reads two bits a slot, low bits first, over several bytes', () => {
    expect(parseNotification(fromHex('50 03 02'), 5)).toEqual({
      kind: 'slot-change',
      slots: [
        { bSlot: 0, present: true, changed: true },
        { bSlot: 1, present: false, changed: false },
        { bSlot: 2, present: false, changed: false },
        { bSlot: 3, present: false, changed: false },
        { bSlot: 4, present: false, changed: true },
      ],
    });
  });

  it('stops where the bytes stop, reads hardware errors, drops the rest', () => {
    expect(parseNotification(fromHex('50 01'), 8)).toMatchObject({ slots: { length: 4 } });
    expect(parseNotification(fromHex('51 01 07 01'), 1)).toEqual({ kind: 'hardware-error', bSlot: 1, bSeq: 7, bHardwareErrorCode: 1 });
    for (const other of ['', '50', '51 01', '77 00']) expect(parseNotification(fromHex(other), 1)).toBeUndefined();
  });
});

describe('quirks', () => {
  it('are found by product, or by vendor where the row names none', () => {
    expect(quirksFor(QUIRKS, 0x072f, 0x2200).map((row) => row.name)).toEqual(['slow-after-open']);
    expect(quirksFor(QUIRKS, 0x072f, 0x2201)).toEqual([]);
    expect(effectsOf(quirksFor(QUIRKS, 0x04e6, 0x5293))).toMatchObject({ openTimeoutFactor: 4, messageBytes: { announced: 263, taken: 271 } });
    expect(effectsOf([])).toEqual({});
  });
});
