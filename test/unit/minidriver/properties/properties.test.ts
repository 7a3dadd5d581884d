import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { bytes, fromHex, toHex } from '../../../../src/codec/index.ts';
import {
  AT_ECDSA_P256,
  AT_ECDSA_P521,
  AT_KEYEXCHANGE,
  AT_SIGNATURE,
  CARD_DATA_VALUE_UNKNOWN,
  type CardPropertyName,
  type CardPropertyValues,
  type PropertyRequest,
} from '../../../../src/minidriver/index.ts';
import {
  encodeContainerInfo,
  encodeFreeSpaceInfo,
  encodeKeySizes,
  encodePinInfo,
  encodeWideMultistring,
} from '../../../../src/minidriver/properties/c-forms.ts';
import { adminResponse } from '../fake-edge.ts';
import { bench, refusedUnasked, userBench } from '../harness.ts';
import { code, failure, NULL } from '../outcomes.ts';

const P256 = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
const P384 = generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).privateKey;
const RSA = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;

describe('CardGetProperty', () => {
  it.each<[CardPropertyName, number, CardPropertyValues[CardPropertyName]]>([
    ['Free Space', 0, { dwVersion: 1, dwBytesAvailable: CARD_DATA_VALUE_UNKNOWN, dwKeyContainersAvailable: 8, dwMaxKeyContainers: 8 }],
    ['Capabilities', 0, { dwVersion: 1, fCertificateCompression: true, fKeyGen: true }],
    ['Key Sizes', AT_SIGNATURE, { dwVersion: 1, dwMinimumBitlen: 1024, dwDefaultBitlen: 2048, dwMaximumBitlen: 3072, dwIncrementalBitlen: 1024 }],
    ['Key Sizes', 0, { dwVersion: 1, dwMinimumBitlen: 1024, dwDefaultBitlen: 2048, dwMaximumBitlen: 3072, dwIncrementalBitlen: 1024 }],
    ['Key Sizes', AT_ECDSA_P256, { dwVersion: 1, dwMinimumBitlen: 256, dwDefaultBitlen: 256, dwMaximumBitlen: 256, dwIncrementalBitlen: 1 }],
    ['Read Only Mode', 0, false],
    ['Cache Mode', 0, 3],
    ['Supports Windows x.509 Enrollment', 0, true],
    ['Card Identifier', 0, fromHex('00112233445566778899aabbccddeeff')],
    ['Card Serial Number', 0, fromHex('00bc614e')],
    ['PIN List', 0, 0x1e],
    ['Authenticated State', 0, 0],
    ['PIN Strength Verify', 1, 1],
    ['Key Import Support', 0, 0],
    ['Algorithms', 2, ['RSA']],
    ['Padding Schemes', 2, 2 | 4 | 8],
  ])('positive: %s, dwFlags %i', async (name, dwFlags, value) => {
    const { card } = await bench();
    expect(await card.CardGetProperty(name, dwFlags)).toEqual(value);
  });

  it('positive: PIN Information of each role', async () => {
    const { card } = await bench();
    const policy = (PinCachePolicyType: number): object => ({ dwVersion: 6, PinCachePolicyType, dwPinCachePolicyInfo: 0 });
    const of = (PinId: number): Promise<object> => card.CardGetProperty('PIN Information', PinId, { dwVersion: 6 });
    expect(await of(0)).toMatchObject({ dwVersion: 6, PinType: 3, dwChangePermission: 0, dwUnblockPermission: 0 });
    expect(await of(1)).toEqual({
      dwVersion: 6,
      PinType: 0,
      PinPurpose: 5,
      dwChangePermission: 0x02,
      dwUnblockPermission: 0x10,
      PinCachePolicy: policy(0),
      dwFlags: 0,
    });
    expect(await of(2)).toMatchObject({ PinType: 2, PinPurpose: 4, dwChangePermission: 0x04, dwUnblockPermission: 0 });
    expect(await of(3)).toMatchObject({ PinType: 0, PinPurpose: 1, PinCachePolicy: policy(3) });
    expect(await of(4)).toMatchObject({ PinType: 0, PinPurpose: 6, dwChangePermission: 0x10 });
  });

  it('a read-only card', async () => {
    const { card } = await bench({ readOnly: true });
    expect(await card.CardGetProperty('Read Only Mode', 0)).toBe(true);
    expect(await card.CardGetProperty('Supports Windows x.509 Enrollment', 0)).toBe(false);
    expect(await card.CardGetProperty('Free Space', 0)).toMatchObject({ dwBytesAvailable: 0, dwKeyContainersAvailable: 0 });
  });

  it('a family that keeps cardcf lets the caller cache', async () => {
    const { card, edge } = await bench();
    edge.files.set('cardcf', bytes(6));
    expect(await card.CardGetProperty('Cache Mode', 0)).toBe(1);
  });

  it.each<[string, unknown, number]>([
    ['NULL name', NULL, 0],
    ['empty name', '', 0],
    ['unknown name', 'Card Colour', 0],
    ['the name in another case', 'pin list', 0],
    ['a name of Object.prototype', 'constructor', 0],
    ['an absurdly long name', 'x'.repeat(10_000), 0],
    ['a property that is only set', 'Parent Window', 0],
    ['flags where none are defined', 'PIN List', 1],
    ['a PIN that the card lacks', 'PIN Information', 7],
    ['PIN Strength Verify of a PIN that the card lacks', 'PIN Strength Verify', 9],
    ['a key specification that is none', 'Key Sizes', 77],
    ['neither kind of operation', 'Algorithms', 3],
    ['no kind of operation', 'Padding Schemes', 0],
    ['Chaining Modes with flags', 'Chaining Modes', 2],
  ])('%s is SCARD_E_INVALID_PARAMETER', async (_, name, dwFlags) => {
    const { card, edge } = await bench();
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardGetProperty(name as 'PIN List', dwFlags));
  });

  it.each<[string, unknown, number]>([
    ['ciphers', 'Algorithms', 1],
    ['padding of ciphers', 'Padding Schemes', 1],
    ['chaining', 'Chaining Modes', 0],
    ['chaining, as callers were seen to ask', 'Chaining Modes', 1],
    ['a curve that the card lacks', 'Key Sizes', AT_ECDSA_P521],
    ['PIN Strength Change', 'PIN Strength Change', 1],
    ['PIN Strength Unblock', 'PIN Strength Unblock', 1],
  ])('%s is SCARD_E_UNSUPPORTED_FEATURE', async (_, name, dwFlags) => {
    const { card, edge } = await bench();
    await refusedUnasked(edge, 'SCARD_E_UNSUPPORTED_FEATURE', card.CardGetProperty(name as 'PIN List', dwFlags));
  });

  it('a card without serial number, or without RSA, is SCARD_E_UNSUPPORTED_FEATURE', async () => {
    const { card, edge } = await bench({ types: [{ kind: 'ec', curve: 'P-256' }] });
    edge.identity = async () => ({ cardId: bytes(16), cardName: 'no serial' });
    expect(await code(card.CardGetProperty('Card Serial Number', 0))).toBe('SCARD_E_UNSUPPORTED_FEATURE');
    for (const name of ['Algorithms', 'Padding Schemes'] as const)
      expect(await code(card.CardGetProperty(name, 2))).toBe('SCARD_E_UNSUPPORTED_FEATURE');
  });

  it.each<[CardPropertyName, number, PropertyRequest, string]>([
    ['Free Space', 0, { dwVersion: 0 }, 'SCARD_S_SUCCESS'],
    ['Free Space', 0, { dwVersion: 1 }, 'SCARD_S_SUCCESS'],
    ['Free Space', 0, { dwVersion: 2 }, 'ERROR_REVISION_MISMATCH'],
    ['Capabilities', 0, { dwVersion: 257 }, 'ERROR_REVISION_MISMATCH'],
    ['Key Sizes', 1, { dwVersion: 65537 }, 'ERROR_REVISION_MISMATCH'],
    ['PIN Information', 1, { dwVersion: 6 }, 'SCARD_S_SUCCESS'],
    ['PIN Information', 1, { dwVersion: 0 }, 'ERROR_REVISION_MISMATCH'],
    ['PIN Information', 1, { dwVersion: 7 }, 'ERROR_REVISION_MISMATCH'],
  ])('%s: version preset in the structure', async (name, dwFlags, request, expected) => {
    const { card } = await bench();
    expect(await code(card.CardGetProperty(name, dwFlags, request))).toBe(expected);
  });

  it.each<[CardPropertyName, number, number]>([
    ['Free Space', 0, 16],
    ['Capabilities', 0, 12],
    ['Key Sizes', 1, 20],
    ['Read Only Mode', 0, 4],
    ['Cache Mode', 0, 4],
    ['Card Identifier', 0, 16],
    ['Card Serial Number', 0, 4],
    ['PIN Information', 1, 36],
    ['PIN List', 0, 4],
    ['Algorithms', 2, 10],
  ])('%s: a buffer one byte short is ERROR_INSUFFICIENT_BUFFER and tells the size', async (name, dwFlags, size) => {
    const { card } = await bench();
    expect(await code(card.CardGetProperty(name, dwFlags, { cbData: size }))).toBe('SCARD_S_SUCCESS');
    const error = await failure(card.CardGetProperty(name, dwFlags, { cbData: size - 1 }));
    expect([error.name, error.dwCode, error.pdwDataLen]).toEqual(['ERROR_INSUFFICIENT_BUFFER', 0x7a, size]);
  });
});

describe('octet forms', () => {
  it('have the published offsets', () => {
    const pin = {
      dwVersion: 6,
      PinType: 1,
      PinPurpose: 2,
      dwChangePermission: 3,
      dwUnblockPermission: 4,
      PinCachePolicy: { dwVersion: 6, PinCachePolicyType: 3, dwPinCachePolicyInfo: 9 },
      dwFlags: 1,
    };
    const dwords = (...values: number[]): string => values.map((value) => value.toString(16).padStart(2, '0') + '000000').join('');
    expect(toHex(encodePinInfo(pin))).toBe(dwords(6, 1, 2, 3, 4, 6, 3, 9, 1));
    expect(toHex(encodeFreeSpaceInfo({ dwVersion: 1, dwBytesAvailable: 0xffffffff, dwKeyContainersAvailable: 2, dwMaxKeyContainers: 3 }))).toBe(
      '01000000ffffffff0200000003000000',
    );
    expect(toHex(encodeKeySizes({ dwVersion: 1, dwMinimumBitlen: 2, dwDefaultBitlen: 3, dwMaximumBitlen: 4, dwIncrementalBitlen: 5 }))).toBe(
      dwords(1, 2, 3, 4, 5),
    );
    expect(toHex(encodeContainerInfo({ dwVersion: 1, dwReserved: 0, pbSigPublicKey: bytes(5), pbKeyExPublicKey: null }))).toBe(
      dwords(1, 0, 5, 0, 0, 0),
    );
    expect(toHex(encodeWideMultistring(['AB', 'c']))).toBe('410042000000' + '63000000' + '0000');
  });
});

describe('CardSetProperty', () => {
  it('positive: window and context string, by everyone and on a read-only card', async () => {
    for (const { card } of [await bench(), await bench({ readOnly: true })]) {
      expect(await code(card.CardSetProperty('Parent Window', 0, 0))).toBe('SCARD_S_SUCCESS');
      expect(await code(card.CardSetProperty('Parent Window', {}, 0))).toBe('SCARD_S_SUCCESS');
      expect(await code(card.CardSetProperty('PIN Context String', 'to sign a letter', 0))).toBe('SCARD_S_SUCCESS');
      expect(await code(card.CardSetProperty('PIN Context String', null, 0))).toBe('SCARD_S_SUCCESS');
    }
  });

  it.each<[string, unknown, unknown, number]>([
    ['a window of another kind', 'Parent Window', 5, 0],
    ['a window NULL', 'Parent Window', null, 0],
    ['a string of another kind', 'PIN Context String', 5, 0],
    ['flags', 'Parent Window', 0, 1],
    ['no value', 'Card Identifier', undefined, 0],
    ['an identifier of 15 bytes', 'Card Identifier', bytes(15), 0],
    ['an empty name', '', 0, 0],
    ['a name NULL', NULL, 0, 0],
    ['an absurdly long name', 'x'.repeat(10_000), 0, 0],
  ])('%s is SCARD_E_INVALID_PARAMETER', async (_, name, value, dwFlags) => {
    const { card, edge } = await bench();
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardSetProperty(name as 'Parent Window', value as 0, dwFlags));
  });

  it.each([
    'Free Space',
    'Capabilities',
    'Key Sizes',
    'PIN List',
    'Authenticated State',
    'Key Import Support',
    'Algorithms',
    'Padding Schemes',
    'Chaining Modes',
    'Read Only Mode',
    'Cache Mode',
    'PIN Information',
    'Card Colour',
  ])('%s is SCARD_E_UNSUPPORTED_FEATURE', async (name) => {
    const { card, edge } = await bench();
    await refusedUnasked(edge, 'SCARD_E_UNSUPPORTED_FEATURE', card.CardSetProperty(name as 'Parent Window', 0, 0));
  });

  it('Card Identifier is the administrator’s', async () => {
    const { card, edge } = await userBench({ keeps: ['cardid'] });
    expect(await code(card.CardSetProperty('Card Identifier', bytes(16), 0))).toBe('SCARD_W_SECURITY_VIOLATION');
    await card.CardAuthenticateEx(2, 0, adminResponse(await card.CardGetChallenge()));
    await card.CardSetProperty('Card Identifier', bytes(16).fill(9), 0);
    expect(await card.CardReadFile(null, 'cardid', 0)).toEqual(bytes(16).fill(9));
    expect(edge.files.get('cardid')).toEqual(bytes(16).fill(9));
  });
});

describe('CardQueryCapabilities, CardQueryFreeSpace, CardQueryKeySizes', () => {
  it('positive: filled in place', async () => {
    const { card, edge } = await bench();
    edge.put(2, P256, 'signature');
    const [capabilities, space, sizes] = [{ dwVersion: 0 }, { dwVersion: 1 }, { dwVersion: 1 }];
    await card.CardQueryCapabilities(capabilities);
    await card.CardQueryFreeSpace(0, space);
    await card.CardQueryKeySizes(AT_KEYEXCHANGE, 0, sizes);
    expect(capabilities).toEqual({ dwVersion: 1, fCertificateCompression: true, fKeyGen: true });
    expect(space).toMatchObject({ dwKeyContainersAvailable: 7, dwMaxKeyContainers: 8 });
    expect(sizes).toMatchObject({ dwMinimumBitlen: 1024, dwMaximumBitlen: 3072 });
  });

  it('NULL and flags are SCARD_E_INVALID_PARAMETER', async () => {
    const { card, edge } = await bench();
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardQueryCapabilities(NULL));
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardQueryFreeSpace(0, NULL));
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardQueryFreeSpace(1, { dwVersion: 1 }));
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardQueryKeySizes(1, 0, NULL));
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardQueryKeySizes(1, 1, { dwVersion: 1 }));
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardQueryKeySizes(0, 0, { dwVersion: 1 }));
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardQueryKeySizes(9, 0, { dwVersion: 1 }));
  });

  it('versions', async () => {
    const { card, edge } = await bench();
    for (const dwVersion of [2, 257]) await refusedUnasked(edge, 'ERROR_REVISION_MISMATCH', card.CardQueryCapabilities({ dwVersion }));
    for (const dwVersion of [2, 255]) await refusedUnasked(edge, 'ERROR_REVISION_MISMATCH', card.CardQueryFreeSpace(0, { dwVersion }));
    for (const dwVersion of [2, 65537]) await refusedUnasked(edge, 'ERROR_REVISION_MISMATCH', card.CardQueryKeySizes(1, 0, { dwVersion }));
  });

  it('a defined key specification that the card lacks is SCARD_E_UNSUPPORTED_FEATURE', async () => {
    const { card, edge } = await bench();
    await refusedUnasked(edge, 'SCARD_E_UNSUPPORTED_FEATURE', card.CardQueryKeySizes(AT_ECDSA_P521, 0, { dwVersion: 1 }));
  });
});

describe('CardGetContainerProperty and CardSetContainerProperty', () => {
  const filled = async (): ReturnType<typeof bench> => {
    const made = await userBench();
    made.edge.put(0, P256, 'signature');
    made.edge.put(2, P384, 'key-exchange');
    made.edge.put(4, P256, 'key-exchange');
    made.edge.put(5, P256, 'key-exchange');
    made.edge.put(6, RSA, 'signature');
    return made;
  };

  it('positive: information, PIN and associated ECDH container of the same curve', async () => {
    const { card } = await filled();
    expect(await card.CardGetContainerProperty(0, 'Container Info', 0)).toEqual(await card.CardGetContainerInfo(0, 0, { dwVersion: 1 }));
    expect(await card.CardGetContainerProperty(0, 'PIN Identifier', 0)).toBe(1);
    expect(await card.CardGetContainerProperty(0, 'Associated ECDH Key', 0)).toBe(4);
    await card.CardSetContainerProperty(0, 'Associated ECDH Key', 5, 0);
    expect(await card.CardGetContainerProperty(0, 'Associated ECDH Key', 0)).toBe(5);
    expect(await code(card.CardSetContainerProperty(0, 'PIN Identifier', 1, 0))).toBe('SCARD_S_SUCCESS');
  });

  it('an unknown name, NULL and flags are SCARD_E_INVALID_PARAMETER, before an empty container', async () => {
    const { card, edge } = await filled();
    for (const name of ['Card Colour', '', NULL, 'container info'])
      await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardGetContainerProperty(3, name as 'PIN Identifier', 0));
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardGetContainerProperty(0, 'PIN Identifier', 1));
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardSetContainerProperty(0, 'Card Colour' as 'PIN Identifier', 1, 0));
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardSetContainerProperty(0, 'PIN Identifier', NULL, 0));
  });

  it('an empty container and an index out of range are SCARD_E_NO_KEY_CONTAINER', async () => {
    const { card } = await filled();
    for (const index of [3, 8, 255]) {
      expect(await code(card.CardGetContainerProperty(index, 'PIN Identifier', 0))).toBe('SCARD_E_NO_KEY_CONTAINER');
      expect(await code(card.CardSetContainerProperty(index, 'PIN Identifier', 1, 0))).toBe('SCARD_E_NO_KEY_CONTAINER');
    }
  });

  it('small buffers', async () => {
    const { card } = await filled();
    expect((await failure(card.CardGetContainerProperty(0, 'Container Info', 0, { cbData: 23 }))).pdwDataLen).toBe(24);
    expect((await failure(card.CardGetContainerProperty(0, 'PIN Identifier', 0, { cbData: 3 }))).pdwDataLen).toBe(4);
    expect(await code(card.CardGetContainerProperty(0, 'Associated ECDH Key', 0, { cbData: 1 }))).toBe('SCARD_S_SUCCESS');
    expect((await failure(card.CardGetContainerProperty(0, 'Associated ECDH Key', 0, { cbData: 0 }))).pdwDataLen).toBe(1);
  });

  it('no ECDH container of the curve is SCARD_E_NO_KEY_CONTAINER, no ECDSA key SCARD_E_INVALID_PARAMETER', async () => {
    const { card, edge } = await filled();
    expect(await code(card.CardGetContainerProperty(6, 'Associated ECDH Key', 0))).toBe('SCARD_E_INVALID_PARAMETER');
    edge.slots.delete(4);
    edge.slots.delete(5);
    expect(await code(card.CardGetContainerProperty(0, 'Associated ECDH Key', 0))).toBe('SCARD_E_NO_KEY_CONTAINER');
    expect(await code(card.CardSetContainerProperty(0, 'Associated ECDH Key', 2, 0))).toBe('SCARD_E_INVALID_PARAMETER');
  });

  it('a key keeps its PIN; the administrator is none; information is not set; nobody sets nothing', async () => {
    const { card, edge } = await filled();
    expect(await code(card.CardSetContainerProperty(0, 'PIN Identifier', 3, 0))).toBe('SCARD_E_UNSUPPORTED_FEATURE');
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardSetContainerProperty(0, 'PIN Identifier', 2, 0));
    await refusedUnasked(edge, 'SCARD_E_UNSUPPORTED_FEATURE', card.CardSetContainerProperty(0, 'Container Info' as 'PIN Identifier', 1, 0));
    await card.CardDeauthenticateEx(0xff, 0);
    expect(await code(card.CardSetContainerProperty(0, 'PIN Identifier', 1, 0))).toBe('SCARD_W_SECURITY_VIOLATION');
    expect(await code(card.CardSetContainerProperty(0, 'Associated ECDH Key', 5, 0))).toBe('SCARD_W_SECURITY_VIOLATION');
  });
});
