import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bytes, bytes, concat, fromHex, toHex } from '../../../src/codec/index.ts';
import { type CommandApdu, Iso7816Error, encodeCommand, parseCommand, parseResponse } from '../../../src/iso7816/index.ts';
import { reasonOf } from './reason.ts';

const header = { cla: 0x00, ins: 0xca, p1: 0x12, p2: 0x34 };
const filled = (length: number): Bytes => bytes(length).fill(0xab);

describe('command APDU', () => {
  const vectors: readonly {
    readonly name: string;
    readonly nc: number;
    readonly ne: number;
    readonly form: 'short' | 'extended';
    readonly head: string;
    readonly tail: string;
  }[] = [
    { name: 'case 1', nc: 0, ne: 0, form: 'short', head: '00CA1234', tail: '' },
    { name: 'case 2S', nc: 0, ne: 1, form: 'short', head: '00CA1234', tail: '01' },
    { name: 'case 2S, Le 00', nc: 0, ne: 256, form: 'short', head: '00CA1234', tail: '00' },
    { name: 'case 3S', nc: 1, ne: 0, form: 'short', head: '00CA123401', tail: '' },
    { name: 'case 3S, longest', nc: 255, ne: 0, form: 'short', head: '00CA1234FF', tail: '' },
    { name: 'case 4S', nc: 2, ne: 3, form: 'short', head: '00CA123402', tail: '03' },
    { name: 'case 4S, longest', nc: 255, ne: 256, form: 'short', head: '00CA1234FF', tail: '00' },
    { name: 'case 2E', nc: 0, ne: 257, form: 'extended', head: '00CA1234', tail: '000101' },
    { name: 'case 2E, Le 0000', nc: 0, ne: 65536, form: 'extended', head: '00CA1234', tail: '000000' },
    { name: 'case 3E', nc: 1, ne: 0, form: 'extended', head: '00CA1234000001', tail: '' },
    { name: 'case 3E, longest', nc: 65535, ne: 0, form: 'extended', head: '00CA123400FFFF', tail: '' },
    { name: 'case 4E', nc: 256, ne: 1, form: 'extended', head: '00CA1234000100', tail: '0001' },
    { name: 'case 4E, longest', nc: 65535, ne: 65536, form: 'extended', head: '00CA123400FFFF', tail: '0000' },
  ];
  for (const { name, nc, ne, form, head, tail } of vectors) {
    it(`${name} is these bytes both ways`, () => {
      const wire = concat(fromHex(head), filled(nc), fromHex(tail));
      expect(toHex(encodeCommand({ ...header, data: filled(nc), ne }, form))).toBe(toHex(wire));
      const parsed = parseCommand(wire);
      expect({ ...parsed, data: toHex(parsed.data) }).toEqual({ ...header, data: toHex(filled(nc)), ne, form });
    });
  }

  it('refuses what is no APDU', () => {
    const bad = [
      '',
      '00',
      '00A404',
      'FFA40400',
      '00A404000000',
      '00A4040002AA',
      '00A4040001AA0000',
      '00A40400000000AA',
      '00A404000000020A',
      '00A40400000001AA00',
      '00A40400000001AA000000',
    ];
    expect(bad.map((hex) => reasonOf(() => parseCommand(fromHex(hex))))).toEqual(bad.map(() => 'bad-apdu'));
  });

  it('refuses to encode what the form does not hold', () => {
    expect(reasonOf(() => encodeCommand({ ...header, data: filled(256), ne: 0 }, 'short'))).toBe('too-long');
    expect(reasonOf(() => encodeCommand({ ...header, data: filled(0), ne: 257 }, 'short'))).toBe('too-long');
    expect(reasonOf(() => encodeCommand({ ...header, data: filled(65536), ne: 0 }, 'extended'))).toBe('too-long');
    expect(reasonOf(() => encodeCommand({ ...header, data: filled(0), ne: 65537 }, 'extended'))).toBe('too-long');
    for (const change of [{ cla: 0xff }, { cla: 256 }, { ins: -1 }, { p1: 1.5 }, { p2: Number.NaN }, { ne: -1 }, { ne: 0.5 }]) {
      expect(reasonOf(() => encodeCommand({ ...header, data: filled(0), ne: 0, ...change }, 'short'))).toBe('bad-apdu');
    }
  });

  const octet = fc.integer({ min: 0, max: 255 });
  const anyApdu = fc.record({
    cla: fc.integer({ min: 0, max: 254 }),
    ins: octet,
    p1: octet,
    p2: octet,
    data: fc
      .oneof(
        fc.uint8Array({ maxLength: 260 }),
        fc.integer({ min: 0, max: 65535 }).map((length) => filled(length)),
      )
      .map((data) => bytes(data)),
    ne: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 65536 })),
  });

  it('parse(encode(x)) = x', () => {
    fc.assert(
      fc.property(anyApdu, (apdu: CommandApdu) => {
        const short = apdu.data.length <= 255 && apdu.ne <= 256;
        for (const form of short ? (['short', 'extended'] as const) : (['extended'] as const)) {
          const { form: got, ...back } = parseCommand(encodeCommand(apdu, form));
          expect(back).toEqual(apdu);
          expect(got).toBe(apdu.data.length === 0 && apdu.ne === 0 ? 'short' : form);
        }
      }),
    );
  });

  it('encode(parse(x)) = x, or a typed error', () => {
    let accepted = 0;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), (random) => {
        const wire = bytes(random);
        let parsed;
        try {
          parsed = parseCommand(wire);
        } catch (error) {
          expect(error).toBeInstanceOf(Iso7816Error);
          return;
        }
        accepted++;
        expect(toHex(encodeCommand(parsed, parsed.form))).toBe(toHex(wire));
      }),
      { numRuns: 2000 },
    );
    expect(accepted).toBeGreaterThan(0);
  });

  it('keeps data as a view of the command: one place to wipe', () => {
    const wire = fromHex('0020008004 31323334');
    parseCommand(wire).data.fill(0);
    expect(toHex(wire)).toBe('002000800400000000');
  });
});

describe('response APDU', () => {
  it('splits data and status word', () => {
    expect(parseResponse(fromHex('9000'))).toEqual({ data: bytes(0), sw: 0x9000 });
    const { data, sw } = parseResponse(fromHex('0102036A82'));
    expect([toHex(data), sw]).toEqual(['010203', 0x6a82]);
    expect(reasonOf(() => parseResponse(fromHex('90')))).toBe('bad-answer');
    expect(reasonOf(() => parseResponse(bytes(0)))).toBe('bad-answer');
  });
});
