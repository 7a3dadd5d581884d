import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bytes, bytes, concat, fromHex, toHex } from '../../../src/codec/index.ts';
import { type Atr, D_BY_INDEX, F_BY_INDEX, Iso7816Error, parseAtr } from '../../../src/iso7816/index.ts';
import { corporaAbsent, corpusJson } from '../../corpora.ts';

const atr = (hex: string): Atr => parseAtr(fromHex(hex));
const named = (found: Atr): Record<string, string> =>
  Object.fromEntries(found.interfaceBytes.map(({ name, value }) => [name, toHex(bytes([value])).toUpperCase()]));

/** The inverse convention read as direct, worked out per byte on binary text: first bit sent is the highest, low level is one. */
const rawInverse = (logical: Bytes): Bytes =>
  logical.map((octet) => {
    const bits = octet.toString(2).padStart(8, '0');
    return Number.parseInt(
      [...bits]
        .reverse()
        .map((bit) => (bit === '0' ? '1' : '0'))
        .join(''),
      2,
    );
  });

describe('ATR', () => {
  it('the shortest one has every default', () => {
    const found = atr('3B00');
    expect(found).toMatchObject({
      convention: 'direct',
      interfaceBytes: [],
      protocols: [0],
      tck: undefined,
      tckVerdict: 'not-needed',
      ta1: 0x11,
      extraGuardTime: 0,
      specificMode: undefined,
      waitingInteger: 10,
    });
    expect(found.t1).toEqual({ ifsc: 32, bwi: 4, cwi: 13, edc: 'lrc' });
    expect([found.clockStop, found.classes]).toEqual([undefined, undefined]);
    expect(found.capabilities).toEqual({ chaining: undefined, extendedLength: undefined });
  });

  it('a security key that offers T=1 alone', () => {
    const found = atr('3BFD1300008131FE158073C021C057597562694B657940');
    expect(named(found)).toEqual({ TA1: '13', TB1: '00', TC1: '00', TD1: '81', TD2: '31', TA3: 'FE', TB3: '15' });
    expect(found.protocols).toEqual([1]);
    expect(found.tckVerdict).toBe('ok');
    expect(found.t1).toEqual({ ifsc: 254, bwi: 1, cwi: 5, edc: 'lrc' });
    expect(toHex(found.historical)).toBe('8073c021c057597562694b6579');
    expect(found.compactTlv.map(({ tag, value }) => [tag, toHex(value)])).toEqual([
      [7, 'c021c0'],
      [5, '597562694b6579'],
    ]);
    expect(found.capabilities).toEqual({ chaining: true, extendedLength: true });
  });

  it('two protocols, then the global bytes of T=15', () => {
    // TD1 = 80 (T=0, TD2), TD2 = B1 (T=1: TA3 TB3 TD3), TD3 = 1F (T=15: TA4).
    const body = fromHex('3B 80 80 B1 20 75 1F C3');
    const found = parseAtr(concat(body, bytes([body.subarray(1).reduce((sum, octet) => sum ^ octet, 0)])));
    expect(found.protocols).toEqual([0, 1]);
    expect(found.t1).toMatchObject({ ifsc: 32, bwi: 7, cwi: 5 });
    expect([found.clockStop, found.classes]).toEqual([3, 3]);
    expect(found.tckVerdict).toBe('ok');
  });

  it('TA after T=15: clock stop in two bits, classes of voltage in six', () => {
    for (const [octet, clockStop, classes] of [
      ['c7', 3, 7],
      ['41', 1, 1],
      ['bf', 2, 0x3f],
      ['00', 0, 0],
    ] as const) {
      const tck = (0x80 ^ 0x80 ^ 0x1f ^ Number.parseInt(octet, 16)).toString(16).padStart(2, '0');
      expect(parseAtr(fromHex(`3b80801f${octet}${tck}`))).toMatchObject({ clockStop, classes });
    }
  });

  it('TA2, TC1, TC2, CRC', () => {
    // T0 = D0 (TA1 TC1 TD1), TD1 = D1 (TA2 TC2 TD2), TD2 = 41 (TC3).
    const found = atr('3B D0 96 FF D1 91 14 41 01');
    expect(found.specificMode).toEqual({ protocol: 1, implicitParameters: true, changeable: false });
    expect(atr('3B 80 10 11').specificMode).toEqual({ protocol: 1, implicitParameters: true, changeable: true });
    expect(found).toMatchObject({ ta1: 0x96, extraGuardTime: 255, waitingInteger: 0x14, tckVerdict: 'missing' });
    expect(found.t1.edc).toBe('crc');
  });

  it('only the first group after T=1 counts', () => {
    const found = atr('3B 80 81 91 40 31 20 45 00');
    expect(named(found)).toMatchObject({ TA3: '40', TA4: '20', TB4: '45' });
    expect(found.t1).toEqual({ ifsc: 0x40, bwi: 4, cwi: 13, edc: 'lrc' });
  });

  it('IFSC 00 and FF are reserved: default and largest', () => {
    expect(atr('3B 80 81 11 00 10').t1.ifsc).toBe(32);
    expect(atr('3B 80 81 11 FF EF').t1.ifsc).toBe(254);
  });

  it('inverse convention, decoded by the reader or raw', () => {
    const logical = fromHex('3F 65 25 00 22 09 69 90 00');
    const raw = rawInverse(logical);
    expect(raw[0]).toBe(0x03);
    for (const received of [logical, raw]) {
      const found = parseAtr(received);
      expect(found.convention).toBe('inverse');
      expect(named(found)).toEqual({ TB1: '25', TC1: '00' });
      expect(toHex(found.historical)).toBe('2209699000');
      expect(toHex(found.bytes)).toBe(toHex(logical));
    }
  });

  it('a wrong TCK is a verdict, bytes behind the end are kept', () => {
    expect(atr('3B 80 01 81').tckVerdict).toBe('ok');
    expect(atr('3B 80 01 80').tckVerdict).toBe('wrong');
    expect(atr('3B 80 01').tckVerdict).toBe('missing');
    expect(toHex(atr('3B 80 01 81 AA').trailing)).toBe('aa');
    expect(toHex(atr('3B 00 AA').trailing)).toBe('aa');
  });

  it('category 00 keeps its three status bytes out of the data objects', () => {
    expect(atr('3B 06 00 31 C0 07 90 00').compactTlv.map(({ tag, value }) => [tag, toHex(value)])).toEqual([[3, 'c0']]);
    expect(atr('3B 06 00 31 C0 00 90 00').compactTlv.map(({ tag }) => tag)).toEqual([3]);
    expect(atr('3B 06 80 31 C0 82 90 00').compactTlv.map(({ tag, value }) => [tag, toHex(value)])).toEqual([
      [3, 'c0'],
      [8, '9000'],
    ]);
    // The object runs over the end; a proprietary category holds no objects.
    expect(atr('3B 03 80 7F 00').compactTlv).toEqual([]);
    expect(atr('3B 03 41 71 00').compactTlv).toEqual([]);
  });

  it('card capabilities have up to three bytes, and the third says what the card takes (ISO/IEC 7816-4, 8.1.1.2.7)', () => {
    const said = (historical: string): readonly (boolean | undefined)[] => {
      const { chaining, extendedLength } = atr(`3B ${(historical.length / 2).toString(16).padStart(2, '0')} ${historical}`).capabilities;
      return [chaining, extendedLength];
    };
    expect(said('8073000080')).toEqual([true, false]);
    expect(said('8073000040')).toEqual([false, true]);
    expect(said('8073000020')).toEqual([false, false]);
    for (const nothing of ['80', '8071c0', '8072c0c0', '80740000c000', '41730000c0']) expect(said(nothing), nothing).toEqual([undefined, undefined]);
  });

  it('refuses what is cut off or no ATR', () => {
    for (const hex of ['', '3B', '3C00', '3B10', '3B8080', '3B8F80', '03']) expect(() => atr(hex), hex).toThrow(Iso7816Error);
  });

  it('missing historical bytes are counted, as some readers cut them off', () => {
    expect(atr('3B 05 01 02')).toMatchObject({ historicalMissing: 3, historical: bytes([1, 2]), tckVerdict: 'not-needed' });
    expect(atr('3B 85 01 02')).toMatchObject({ historicalMissing: 4, historical: bytes([2]), tckVerdict: 'missing' });
    expect(atr('3B 01 02').historicalMissing).toBe(0);
  });

  it('the tables hold the standard values', () => {
    expect(F_BY_INDEX[9]).toBe(512);
    expect(D_BY_INDEX[8]).toBe(12);
    expect([F_BY_INDEX.length, D_BY_INDEX.length]).toEqual([16, 16]);
  });

  it('any bytes: an ATR or a typed error', () => {
    fc.assert(
      fc.property(fc.constantFrom(0x3b, 0x3f, 0x03), fc.uint8Array({ maxLength: 40 }), (ts, rest) => {
        try {
          const found = parseAtr(concat(bytes([ts]), rest));
          const length = 2 + found.interfaceBytes.length + found.historical.length + (found.tck === undefined ? 0 : 1) + found.trailing.length;
          expect(length).toBe(rest.length + 1);
        } catch (error) {
          expect(error).toBeInstanceOf(Iso7816Error);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

interface Analysed {
  readonly atr: string;
  readonly interfaceBytes: Readonly<Record<string, string>>;
  readonly historical: string;
  readonly tck: string | null;
  readonly tckOk: boolean | null;
  readonly analysis: readonly string[];
}

describe.skipIf(corporaAbsent !== undefined)(`published ATRs${corporaAbsent === undefined ? '' : ` (skipped: ${corporaAbsent})`}`, () => {
  it('every literal ATR of the list parses', () => {
    const list = corpusJson('atr/smartcard-list.json') as readonly { readonly atr: string }[];
    const literal = list.filter((row) => /^[0-9A-F ]+$/i.test(row.atr));
    expect(literal.length).toBeGreaterThan(1000);
    const refused = literal.filter((row) => {
      try {
        atr(row.atr);
        return false;
      } catch {
        return true;
      }
    });
    expect(refused.map((row) => row.atr)).toEqual([]);
  });

  it('agrees with another parser on interface bytes, historical bytes, protocols and TCK', () => {
    const rows = corpusJson('atr/atr-analysis.json') as readonly Analysed[];
    expect(rows.length).toBeGreaterThan(100);
    const difference = (row: Analysed): string[] => {
      const found = atr(row.atr);
      const seen = row.analysis
        .flatMap((line) => [...line.matchAll(/Protocol T ?= ?(\d+)/g)].map((match) => Number(match[1])))
        .filter((protocol) => protocol !== 15);
      const mine = JSON.stringify([
        named(found),
        toHex(found.historical, ' ').toUpperCase(),
        found.protocols,
        found.tckVerdict === 'ok' ? true : found.tckVerdict === 'wrong' ? false : null,
      ]);
      const theirs = JSON.stringify([row.interfaceBytes, row.historical, seen.length === 0 ? [0] : [...new Set(seen)], row.tckOk]);
      return mine === theirs ? [] : [`${row.atr}\n  ${mine}\n  ${theirs}`];
    };
    expect(rows.flatMap(difference)).toEqual([]);
    // One changed verdict must show.
    const row = rows.find((one) => one.tckOk === true);
    expect(row === undefined ? [] : difference({ ...row, tckOk: false })).toHaveLength(1);
  });
});
