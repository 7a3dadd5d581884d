import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Builder, CodecError, Cursor, bytes, fromHex, toHex } from '../../../src/codec/index.ts';

const reasonOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof CodecError) return error.reason;
    throw error;
  }
  return 'none';
};

describe('cursor', () => {
  it('reads both byte orders, unsigned', () => {
    const source = fromHex('FE DCBA 98F6 FFFEFDFC 80000001 0102');
    const cursor = new Cursor(source);
    expect(cursor.peek()).toBe(0xfe);
    expect([cursor.u8(), cursor.u16le(), cursor.u16be(), cursor.u32le(), cursor.u32be()]).toEqual([0xfe, 0xbadc, 0x98f6, 0xfcfdfeff, 0x80000001]);
    expect([cursor.offset, cursor.remaining]).toEqual([13, 2]);
    expect(toHex(cursor.rest())).toBe('0102');
    cursor.expectEnd();
  });

  it('stays inside its window', () => {
    const cursor = new Cursor(fromHex('000102030405'), 2, 4);
    expect(cursor.remaining).toBe(2);
    expect(cursor.u8()).toBe(2);
    expect(reasonOf(() => cursor.u16be())).toBe('truncated');
    expect(cursor.u8()).toBe(3);
    for (const read of ['u8', 'u16le', 'u16be', 'u32le', 'u32be', 'peek'] as const)
      expect(
        reasonOf(() => cursor[read]()),
        read,
      ).toBe('truncated');
    expect(new Cursor(bytes(2), 0, 100).remaining).toBe(2);
    expect(reasonOf(() => new Cursor(bytes(2), 2, 1).rest())).toBe('truncated');
  });

  it('refuses lengths that are none, and says what is left over', () => {
    const cursor = new Cursor(bytes(4));
    for (const count of [-1, Number.NaN, 5, Number.POSITIVE_INFINITY]) {
      expect(reasonOf(() => cursor.take(count))).toBe('truncated');
      expect(reasonOf(() => cursor.skip(count))).toBe('truncated');
    }
    expect(reasonOf(() => cursor.expectEnd())).toBe('trailing');
    cursor.skip(4);
    expect(reasonOf(() => cursor.expectEnd())).toBe('none');
    expect(cursor.take(0).length).toBe(0);
  });

  it('takes copies', () => {
    const source = bytes([1, 2]);
    new Cursor(source).take(2).fill(0);
    expect([...source]).toEqual([1, 2]);
  });

  it('agrees with DataView, and a builder writes what it reads', () => {
    const u32 = fc.integer({ min: 0, max: 0xffffffff });
    fc.assert(
      fc.property(u32, u32, fc.uint8Array({ maxLength: 9 }), (a, b, tail) => {
        const built = new Builder().u8(a).u16le(a).u16be(b).u32le(a).u32be(b).put(tail);
        expect(built.length).toBe(13 + tail.length);
        const wire = built.finish();
        const view = new DataView(wire.buffer);
        expect([view.getUint8(0), view.getUint16(1, true), view.getUint16(3), view.getUint32(5, true), view.getUint32(9)]).toEqual([
          a & 0xff,
          a & 0xffff,
          b & 0xffff,
          a,
          b,
        ]);
        const cursor = new Cursor(wire);
        expect([cursor.u8(), cursor.u16le(), cursor.u16be(), cursor.u32le(), cursor.u32be()]).toEqual([a & 0xff, a & 0xffff, b & 0xffff, a, b]);
        expect([...cursor.rest()]).toEqual([...tail]);
      }),
    );
  });
});
