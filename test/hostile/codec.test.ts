import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodecError, Cursor, bytes, concat, fromHex, readSingle, readTlvs, toHex, writeTlv } from '../../src/codec/index.ts';

/** 'ok' when it returned, 'refused' for our typed error; anything else is a failure of the test. */
function verdict(run: () => unknown): 'ok' | 'refused' {
  try {
    run();
    return 'ok';
  } catch (error) {
    if (error instanceof CodecError) return 'refused';
    throw error;
  }
}

describe('hostile bytes for the codec', () => {
  it('planted: an error of another type does not pass for a refusal', () => {
    expect(() =>
      verdict(() => {
        throw new TypeError('not ours');
      }),
    ).toThrow(TypeError);
  });

  it('TLV: a list that writes back to no more than was there, or a typed error', () => {
    const seen = new Set<string>();
    const octet = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(0x00, 0x01, 0x02, 0x53, 0x5f, 0x7f, 0x80, 0x81, 0x82, 0x83, 0x84, 0xc1, 0xff) },
      { weight: 1, arbitrary: fc.nat(255) },
    );
    fc.assert(
      fc.property(fc.array(octet, { maxLength: 60 }), fc.boolean(), (octets, simpleTags) => {
        const source = bytes(octets);
        seen.add(
          verdict(() => {
            const list = readTlvs(source, { simpleTags });
            const back = concat(...list.map(({ tag, value }) => writeTlv(tag, value)));
            expect(back.length).toBeLessThanOrEqual(source.length);
          }),
        );
        verdict(() => readSingle(source, 0x53));
      }),
      { numRuns: 5000 },
    );
    expect(seen).toEqual(new Set(['ok', 'refused']));
  });

  it('TLV: one changed, cut or added byte in a good object', () => {
    const good = writeTlv(0x53, writeTlv(0x70, bytes(200).fill(0x30)), writeTlv(0x71, bytes([0])), writeTlv(0xfe, bytes(0)));
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.constantFrom('change', 'cut', 'add'), (at, value, how) => {
        const source =
          how === 'cut' ? good.slice(0, at) : how === 'add' ? concat(good.subarray(0, at), bytes([value]), good.subarray(at)) : good.slice();
        if (how === 'change') source[at] = value;
        const outcome = verdict(() => readTlvs(readSingle(source, 0x53), { simpleTags: true }));
        if (how === 'cut') expect(outcome).toBe('refused');
      }),
      { numRuns: 3000 },
    );
  });

  it('cursor: no program of reads leaves the window or goes back', () => {
    const step = fc.oneof(fc.constantFrom('u8', 'u16le', 'u16be', 'u32le', 'u32be', 'peek', 'rest', 'expectEnd'), fc.integer({ min: -3, max: 40 }));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), fc.nat(35), fc.nat(35), fc.array(step, { maxLength: 20 }), (source, from, to, program) => {
        const cursor = new Cursor(source, from, to);
        let before = cursor.offset;
        for (const one of program) {
          const read = verdict(() => (typeof one === 'number' ? cursor.take(one) : cursor[one as 'u8']()));
          expect(cursor.offset).toBeGreaterThanOrEqual(before);
          if (read === 'refused') expect(cursor.offset).toBe(before);
          if (cursor.offset > before) expect(cursor.offset).toBeLessThanOrEqual(Math.min(to, source.length));
          before = cursor.offset;
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('hexadecimal: octets, or a typed error', () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('0', '9', 'a', 'F', ' ', ':', '-', 'g', '\u00a0') }));
    fc.assert(
      fc.property(text, (one) => {
        let out = '';
        if (verdict(() => (out = toHex(fromHex(one)))) === 'ok') expect(out).toBe(one.replace(/[\s:-]/g, '').toLowerCase());
      }),
      { numRuns: 3000 },
    );
  });
});
