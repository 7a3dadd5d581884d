import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodecError, copy, fromHex, toHex } from '../../../../src/codec/index.ts';
import {
  CONTAINER_MAP_RECORD_BYTES,
  decodeCardApps,
  decodeCardCacheFile,
  decodeContainerMap,
  encodeCardApps,
  encodeCardCacheFile,
  encodeContainerMap,
  freshenCardCacheFile,
  isDefaultRecord,
  isValidRecord,
} from '../../../../src/minidriver/index.ts';

describe('CARD_CACHE_FILE_FORMAT', () => {
  const octets = fromHex('01 02 0403 0605 0a090807');

  it('has the published offsets', () => {
    const file = decodeCardCacheFile(octets);
    expect(file).toEqual({ bVersion: 1, bPinsFreshness: 2, wContainersFreshness: 0x0304, wFilesFreshness: 0x0506, dwApplications: [0x0708090a] });
    expect(encodeCardCacheFile(file)).toEqual(octets);
  });

  it('counters go up by one and wrap round', () => {
    expect(toHex(freshenCardCacheFile(fromHex('000000000000'), { pins: true }))).toBe('010100000000');
    expect(toHex(freshenCardCacheFile(fromHex('01ffffffffff00000000'), { pins: true, containers: true, files: true }))).toBe('01000000000000000000');
    expect(toHex(freshenCardCacheFile(octets, { files: true }))).toBe('010204030705' + '0a090807');
  });

  it('refuses a cut file', () => {
    expect(() => decodeCardCacheFile(fromHex('0102030405'))).toThrow(CodecError);
    expect(() => decodeCardCacheFile(fromHex('01020304050607'))).toThrow(CodecError);
  });
});

describe('CONTAINER_MAP_RECORD', () => {
  const record = { wszGuid: 'Aé', bFlags: 3, wSigKeySizeBits: 0x0800, wKeyExchangeKeySizeBits: 0x0180 };

  it('has the published offsets', () => {
    const octets = encodeContainerMap([record]);
    expect(octets.length).toBe(CONTAINER_MAP_RECORD_BYTES);
    expect(CONTAINER_MAP_RECORD_BYTES).toBe(86);
    expect(toHex(octets.subarray(0, 6))).toBe('4100e9000000');
    expect(octets.subarray(6, 80).every((octet) => octet === 0)).toBe(true);
    expect(toHex(octets.subarray(80))).toBe('0300' + '0008' + '8001');
    expect(decodeContainerMap(octets)).toEqual([record]);
  });

  it('tells valid and default', () => {
    expect([0, 1, 2, 3].map((bFlags) => isValidRecord({ ...record, bFlags }))).toEqual([false, true, false, true]);
    expect([0, 1, 2, 3].map((bFlags) => isDefaultRecord({ ...record, bFlags }))).toEqual([false, false, false, true]);
  });

  it('takes 39 characters, not 40, no backslash', () => {
    expect(decodeContainerMap(encodeContainerMap([{ ...record, wszGuid: 'x'.repeat(39) }]))[0]?.wszGuid).toHaveLength(39);
    expect(() => encodeContainerMap([{ ...record, wszGuid: 'x'.repeat(40) }])).toThrow(CodecError);
    expect(() => encodeContainerMap([{ ...record, wszGuid: 'a\\b' }])).toThrow(CodecError);
  });

  it('refuses a name without an end and a cut record; any octets end in records or a codec error', () => {
    expect(() => decodeContainerMap(new Uint8Array(86).fill(0x41))).toThrow(CodecError);
    expect(() => decodeContainerMap(new Uint8Array(85))).toThrow(CodecError);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
        try {
          expect(decodeContainerMap(copy(octets))).toHaveLength(octets.length / 86);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
        }
      }),
    );
  });
});

describe('cardapps', () => {
  it('has 8-byte records filled with zeros', () => {
    expect(toHex(encodeCardApps(['mscp', 'eightchr']))).toBe('6d73637000000000' + '6569676874636872');
    expect(decodeCardApps(fromHex('6d737370000000006569676874636872'))).toEqual(['mssp', 'eightchr']);
  });

  it('refuses other lengths and names', () => {
    expect(() => decodeCardApps(new Uint8Array(9))).toThrow(CodecError);
    expect(() => encodeCardApps(['ninechars'])).toThrow(CodecError);
    expect(() => encodeCardApps([''])).toThrow(CodecError);
  });
});
