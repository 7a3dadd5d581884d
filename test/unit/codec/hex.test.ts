import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodecError, bytes, fromHex, toHex } from '../../../src/codec/index.ts';

describe('hexadecimal', () => {
  it('agrees with Buffer both ways', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (source) => {
        expect(toHex(source)).toBe(Buffer.from(source).toString('hex'));
        expect([...fromHex(toHex(source))]).toEqual([...source]);
        expect([...fromHex(toHex(source, ':').toUpperCase())]).toEqual([...source]);
      }),
    );
  });

  it('skips separators between octets only', () => {
    expect([...fromHex(' 00-A4:04\n00 ')]).toEqual([0x00, 0xa4, 0x04, 0x00]);
    expect(toHex(bytes([0, 0xa4]), ' ')).toBe('00 a4');
    expect([...fromHex('')]).toEqual([]);
  });

  it('refuses the rest without quoting it', () => {
    for (const text of ['0', '012', '0g', '0 1', 'A BC D', '0x01', '00,01', '00Z', '１２']) {
      try {
        fromHex(text);
        expect.unreachable(text);
      } catch (error) {
        expect(error).toBeInstanceOf(CodecError);
        if (error instanceof CodecError) {
          expect(error.reason).toBe('not-hex');
          expect(error.message).not.toContain(text);
        }
      }
    }
  });

  it('long text ends in linear time', () => {
    expect(() => fromHex(`${'00 '.repeat(100_000)}x`)).toThrow(CodecError);
    expect(fromHex('00 '.repeat(100_000)).length).toBe(100_000);
  });
});
