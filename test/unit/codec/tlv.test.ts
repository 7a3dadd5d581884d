import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CodecError,
  type TlvLimits,
  bytes,
  concat,
  findTlv,
  fromHex,
  needTlv,
  readSingle,
  readTlvs,
  toHex,
  writeTlv,
} from '../../../src/codec/index.ts';

const reasonOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof CodecError) return error.reason;
    throw error;
  }
  return 'none';
};
const read = (hex: string, limits?: TlvLimits): [string, string][] =>
  readTlvs(fromHex(hex), limits).map(({ tag, value }) => [tag.toString(16), toHex(value)]);

describe('BER-TLV', () => {
  it('tags of one to three octets, lengths of each form', () => {
    expect(read('')).toEqual([]);
    expect(read('5C035FC102 5300')).toEqual([
      ['5c', '5fc102'],
      ['53', ''],
    ]);
    expect(read('7F490386010A 5FC10201AA')).toEqual([
      ['7f49', '86010a'],
      ['5fc102', 'aa'],
    ]);
    expect(read(`5381 80${'AB'.repeat(128)}`)).toEqual([['53', 'ab'.repeat(128)]]);
    expect(read(`53820100${'AB'.repeat(256)}`)).toEqual([['53', 'ab'.repeat(256)]]);
    // Longer forms than needed come from cards.
    expect(read('538101AA 5382000155 5383000001 77')).toEqual([
      ['53', 'aa'],
      ['53', '55'],
      ['53', '77'],
    ]);
  });

  it('simple tags take one octet whatever their bits say', () => {
    expect(read('3F0101 FE00', { simpleTags: true })).toEqual([
      ['3f', '01'],
      ['fe', ''],
    ]);
    // As BER the same bytes are tag 3F01 with one byte that is missing.
    expect(reasonOf(() => read('3F0101'))).toBe('truncated');
  });

  it('refuses cut, endless, oversized and strange ones', () => {
    for (const hex of ['53', '5305AABB', '5381', '538201', '5F', '5FC1', '53', '5303AA'])
      expect(
        reasonOf(() => read(hex)),
        hex,
      ).toBe('truncated');
    for (const hex of ['5380AA0000', '5384000000 01AA', '53FF'])
      expect(
        reasonOf(() => read(hex)),
        hex,
      ).toBe('bad-length');
    expect(reasonOf(() => read('5FC1828301AA'))).toBe('bad-tag');
    expect(reasonOf(() => read('53830100 00'))).toBe('too-large');
    expect(reasonOf(() => read('5305AABBCCDDEE', { maxBytes: 4 }))).toBe('too-large');
    expect(reasonOf(() => read('530053005300', { maxCount: 2 }))).toBe('too-large');
    expect(reasonOf(() => read('5300'.repeat(257)))).toBe('too-large');
    expect(read('5300'.repeat(256))).toHaveLength(256);
  });

  it('single, find and need', () => {
    expect(toHex(readSingle(fromHex('5302AABB'), 0x53))).toBe('aabb');
    expect(reasonOf(() => readSingle(fromHex(''), 0x53))).toBe('missing');
    expect(reasonOf(() => readSingle(fromHex('5400'), 0x53))).toBe('bad-tag');
    expect(reasonOf(() => readSingle(fromHex('53005300'), 0x53))).toBe('trailing');
    const list = readTlvs(fromHex('5301AA5301BB'));
    expect(toHex(needTlv(list, 0x53))).toBe('aa');
    expect(findTlv(list, 0x54)).toBeUndefined();
    expect(reasonOf(() => needTlv(list, 0x54))).toBe('missing');
  });

  it('writes the shortest length', () => {
    const head = (length: number, octets: number): string => toHex(writeTlv(0x5fc105, bytes(length)).subarray(0, 3 + octets));
    expect(head(0, 1)).toBe('5fc10500');
    expect(head(127, 1)).toBe('5fc1057f');
    expect(head(128, 2)).toBe('5fc1058180');
    expect(head(255, 2)).toBe('5fc10581ff');
    expect(head(256, 3)).toBe('5fc105820100');
    expect(head(65535, 3)).toBe('5fc10582ffff');
    expect(head(65536, 4)).toBe('5fc10583010000');
    expect(toHex(writeTlv(0x7c, fromHex('8200'), fromHex('8101AA')))).toBe('7c0582008101aa');
    expect(toHex(writeTlv(0, bytes(0)))).toBe('0000');
    expect(reasonOf(() => writeTlv(0x53, ...Array<Uint8Array>(257).fill(new Uint8Array(65536))))).toBe('too-large');
  });

  it('values are copies', () => {
    const source = fromHex('5301AA');
    readTlvs(source)[0]?.value.fill(0);
    expect(toHex(source)).toBe('5301aa');
  });

  const tags = fc.constantFrom(0x53, 0x5c, 0x7c, 0x80, 0x99, 0x7f49, 0x5f2f, 0x5fc102, 0x5fff0b);
  it('read(write(x)) = x', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(tags, fc.uint8Array({ maxLength: 300 })), { maxLength: 8 }), (objects) => {
        const back = readTlvs(concat(...objects.map(([tag, value]) => writeTlv(tag, value))));
        expect(back.map(({ tag, value }) => [tag, toHex(value)])).toEqual(objects.map(([tag, value]) => [tag, toHex(value)]));
      }),
    );
  });
});
