import { constants, createHash, createPublicKey, generateKeyPairSync, type KeyObject, publicDecrypt, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Bytes, bytes, concat, copy, fromHex, reversed, toHex } from '../../../../src/codec/index.ts';
import {
  AT_ECDHE_P256,
  AT_ECDSA_P256,
  AT_ECDSA_P384,
  AT_KEYEXCHANGE,
  AT_SIGNATURE,
  CARD_BUFFER_SIZE_ONLY,
  CARD_PADDING_INFO_PRESENT,
  CARD_PADDING_NONE,
  CARD_PADDING_OAEP,
  CARD_PADDING_PKCS1,
  CARD_PADDING_PSS,
  CALG_MD5,
  CALG_SHA1,
  CALG_SHA_256,
  CALG_SHA_384,
  CALG_SHA_512,
  type CARD_SIGNING_INFO,
  CardEdgeError,
  CRYPT_NOHASHOID,
  CRYPT_X931_FORMAT,
} from '../../../../src/minidriver/index.ts';
import { USER_PIN } from '../fake-edge.ts';
import { bench, type Bench, refusedUnasked, userBench } from '../harness.ts';
import { code, NULL } from '../outcomes.ts';

const MESSAGE = Buffer.from('what is to be signed');
const hash = (name: string): Bytes => copy(createHash(name).update(MESSAGE).digest());
const RSA = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
/** A modulus whose length is not a multiple of 8 bits: the PSS block is one bit short of an octet more. */
const RSA_1023 = generateKeyPairSync('rsa', { modulusLength: 1023 }).privateKey;
const P256 = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
const P384 = generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).privateKey;
const P521 = generateKeyPairSync('ec', { namedCurve: 'secp521r1' }).privateKey;

/** Containers 1 (always prompt), 2 and 4 hold these keys; the user is authenticated. */
async function signer(first: KeyObject = RSA): Promise<Bench> {
  const made = await userBench();
  made.edge.put(1, P384, 'signature');
  made.edge.put(2, first, 'signature');
  made.edge.put(4, P256, 'key-exchange');
  return made;
}

const info = (fields: Partial<CARD_SIGNING_INFO> = {}): CARD_SIGNING_INFO => ({
  dwVersion: 1,
  bContainerIndex: 2,
  dwKeySpec: AT_SIGNATURE,
  dwSigningFlags: 0,
  aiHashAlg: CALG_SHA_256,
  pbData: hash('sha256'),
  ...fields,
});

/** What the signature opens to, natural order. */
const opened = (key: KeyObject, littleEndian: Bytes): Bytes =>
  copy(publicDecrypt({ key: createPublicKey(key), padding: constants.RSA_NO_PADDING }, reversed(littleEndian)));

describe('CardSignData with RSA, PKCS #1', () => {
  it.each([
    ['SHA1', CALG_SHA1],
    ['SHA256', CALG_SHA_256],
    ['SHA384', CALG_SHA_384],
    ['SHA512', CALG_SHA_512],
    ['MD5', CALG_MD5],
  ])('positive: %s, basic form and version 2, verified by OpenSSL in reversed order', async (name, aiHashAlg) => {
    const { card } = await signer();
    const pbData = hash(name);
    const basic = await card.CardSignData(info({ aiHashAlg, pbData }));
    const padded = await card.CardSignData(
      info({
        dwVersion: 2,
        dwSigningFlags: CARD_PADDING_INFO_PRESENT,
        dwPaddingType: CARD_PADDING_PKCS1,
        pPaddingInfo: { pszAlgId: name },
        aiHashAlg: 0,
        pbData,
      }),
    );
    for (const { pbSignedData, cbSignedData } of [basic, padded]) {
      expect(cbSignedData).toBe(128);
      expect(verify(name, MESSAGE, createPublicKey(RSA), reversed(pbSignedData ?? bytes(0)))).toBe(true);
      expect(verify(name, MESSAGE, createPublicKey(RSA), pbSignedData ?? bytes(0))).toBe(false);
    }
  });

  it.each([
    ['MD2', 0x8001, 16, '06082a864886f70d0202'],
    ['MD4', 0x8002, 16, '06082a864886f70d0204'],
    ['RIPEMD160', 0x8007, 20, '06052b24030201'],
  ])('positive: %s carries its own object identifier', async (_, aiHashAlg, length, oid) => {
    const { card } = await signer();
    const { pbSignedData } = await card.CardSignData(info({ aiHashAlg, pbData: bytes(length).fill(0xa5) }));
    expect(toHex(opened(RSA, pbSignedData ?? bytes(0)))).toContain(oid);
  });

  it.each<[string, Partial<CARD_SIGNING_INFO>]>([
    ['aiHashAlg 0', { aiHashAlg: 0 }],
    ['CRYPT_NOHASHOID', { dwSigningFlags: CRYPT_NOHASHOID }],
    [
      'pszAlgId NULL',
      { dwVersion: 2, dwSigningFlags: CARD_PADDING_INFO_PRESENT, dwPaddingType: CARD_PADDING_PKCS1, pPaddingInfo: { pszAlgId: null } },
    ],
  ])('positive: %s pads the data without DigestInfo', async (_, fields) => {
    const { card } = await signer();
    const { pbSignedData } = await card.CardSignData(info(fields));
    const block = concat(fromHex('0001'), bytes(128 - 3 - 32).fill(0xff), bytes(1), hash('sha256'));
    expect(opened(RSA, pbSignedData ?? bytes(0))).toEqual(block);
  });

  it('positive: SSL3_SHAMD5, 36 bytes without DigestInfo', async () => {
    const { card } = await signer();
    const { pbSignedData } = await card.CardSignData(info({ aiHashAlg: 0x8008, pbData: concat(hash('md5'), hash('sha1')) }));
    expect(verify('RSA-MD5-SHA1'.replace('RSA-', '').toLowerCase(), MESSAGE, createPublicKey(RSA), reversed(pbSignedData ?? bytes(0)))).toBe(true);
  });

  it('positive: a key for key exchange signs under its own key specification and under the other', async () => {
    const { card, edge } = await signer();
    edge.put(2, RSA, 'key-exchange');
    for (const dwKeySpec of [AT_KEYEXCHANGE, AT_SIGNATURE]) {
      expect(await code(card.CardSignData(info({ dwKeySpec })))).toBe('SCARD_S_SUCCESS');
    }
  });
});

describe('CardSignData with RSA, PSS and raw', () => {
  it.each([
    ['SHA256', 32, RSA],
    ['SHA256', 0, RSA],
    ['SHA1', 20, RSA],
    ['SHA384', 48, RSA],
    ['SHA256', 32, RSA_1023],
  ])('positive: PSS %s, salt of %i bytes', async (pszAlgId, cbSalt, key) => {
    const { card } = await signer(key);
    const { pbSignedData } = await card.CardSignData(
      info({
        dwVersion: 2,
        dwSigningFlags: CARD_PADDING_INFO_PRESENT,
        dwPaddingType: CARD_PADDING_PSS,
        pPaddingInfo: { pszAlgId, cbSalt },
        pbData: hash(pszAlgId),
      }),
    );
    const options = { key: createPublicKey(key), padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: cbSalt };
    expect(verify(pszAlgId, MESSAGE, options, reversed(pbSignedData ?? bytes(0)))).toBe(true);
    expect(verify(pszAlgId, MESSAGE, { ...options, padding: constants.RSA_PKCS1_PADDING }, reversed(pbSignedData ?? bytes(0)))).toBe(false);
  });

  it('CARD_PADDING_PSS is 4 and OAEP 8: the numbers of bcrypt.h are not taken', async () => {
    expect([CARD_PADDING_PSS, CARD_PADDING_OAEP]).toEqual([4, 8]);
    const { card, edge } = await signer();
    const pPaddingInfo = { pszAlgId: 'SHA256', cbSalt: 32 };
    await refusedUnasked(
      edge,
      'SCARD_E_INVALID_PARAMETER',
      card.CardSignData(info({ dwVersion: 2, dwSigningFlags: CARD_PADDING_INFO_PRESENT, dwPaddingType: 8, pPaddingInfo })),
    );
  });

  it('PSS with a salt that does not fit is SCARD_E_INVALID_PARAMETER', async () => {
    const { card } = await signer();
    const pPaddingInfo = { pszAlgId: 'SHA256', cbSalt: 100 };
    const fields = { dwVersion: 2, dwSigningFlags: CARD_PADDING_INFO_PRESENT, dwPaddingType: CARD_PADDING_PSS, pPaddingInfo };
    expect(await code(card.CardSignData(info(fields)))).toBe('SCARD_E_INVALID_PARAMETER');
  });

  it('positive: raw', async () => {
    const { card } = await signer();
    const pbData = bytes(128).fill(0x11);
    const raw = { dwVersion: 2, dwSigningFlags: CARD_PADDING_INFO_PRESENT, dwPaddingType: CARD_PADDING_NONE };
    const { pbSignedData } = await card.CardSignData(info({ ...raw, pbData }));
    expect(opened(RSA, pbSignedData ?? bytes(0))).toEqual(pbData);
    expect(await code(card.CardSignData(info({ ...raw, pbData: bytes(127) })))).toBe('SCARD_E_INVALID_PARAMETER');
    expect(await code(card.CardSignData(info({ ...raw, pbData: bytes(128).fill(0xff) })))).toBe('SCARD_E_INVALID_PARAMETER');
  });
});

describe('CardSignData with ECDSA', () => {
  it('positive: r || s, big-endian, of fixed length', async () => {
    const { card, edge } = await signer(P256);
    for (let i = 0; i < 8; i++) {
      const { pbSignedData, cbSignedData } = await card.CardSignData(info({ dwKeySpec: AT_ECDSA_P256 }));
      expect(cbSignedData).toBe(64);
      expect(verify('sha256', MESSAGE, { key: createPublicKey(P256), dsaEncoding: 'ieee-p1363' }, pbSignedData ?? bytes(0))).toBe(true);
    }
    edge.put(2, P521, 'signature');
    const { pbSignedData } = await card.CardSignData(info({ dwKeySpec: 5, pbData: hash('sha512') }));
    expect(verify('sha512', MESSAGE, { key: createPublicKey(P521), dsaEncoding: 'ieee-p1363' }, pbSignedData ?? bytes(0))).toBe(true);
  });

  it('positive: a longer hash is cut to the curve, padding fields are ignored', async () => {
    const { card } = await signer(P256);
    const { pbSignedData } = await card.CardSignData(
      info({ dwVersion: 2, dwKeySpec: AT_ECDSA_P256, dwPaddingType: 77, aiHashAlg: 77, pbData: hash('sha512') }),
    );
    expect(verify('sha512', MESSAGE, { key: createPublicKey(P256), dsaEncoding: 'ieee-p1363' }, pbSignedData ?? bytes(0))).toBe(true);
  });

  it('positive: an ECDH key signs its own request', async () => {
    const { card } = await signer();
    const { pbSignedData } = await card.CardSignData(info({ bContainerIndex: 4, dwKeySpec: AT_ECDHE_P256 }));
    expect(verify('sha256', MESSAGE, { key: createPublicKey(P256), dsaEncoding: 'ieee-p1363' }, pbSignedData ?? bytes(0))).toBe(true);
  });

  it('PinCacheAlwaysPrompt: one PIN, one signature', async () => {
    const { card } = await signer();
    const always = info({ bContainerIndex: 1, dwKeySpec: AT_ECDSA_P384, pbData: hash('sha384') });
    expect(await code(card.CardSignData(always))).toBe('SCARD_S_SUCCESS');
    expect(await code(card.CardSignData(always))).toBe('SCARD_W_SECURITY_VIOLATION');
    await card.CardAuthenticateEx(3, 0, USER_PIN);
    const { pbSignedData } = await card.CardSignData(always);
    expect(verify('sha384', MESSAGE, { key: createPublicKey(P384), dsaEncoding: 'ieee-p1363' }, pbSignedData ?? bytes(0))).toBe(true);
  });
});

describe('CardSignData, CARD_BUFFER_SIZE_ONLY', () => {
  it.each([
    ['RSA', 2, AT_SIGNATURE, 128],
    ['P-384', 1, AT_ECDSA_P384, 96],
    ['P-256', 4, AT_ECDHE_P256, 64],
  ])('SignReturnBufferSize: %s, without authentication', async (_, bContainerIndex, dwKeySpec, size) => {
    const { card } = await signer();
    await card.CardDeauthenticateEx(0xff, 0);
    const asked = info({ bContainerIndex, dwKeySpec, dwSigningFlags: CARD_BUFFER_SIZE_ONLY, pbData: null });
    expect(await card.CardSignData(asked)).toMatchObject({ cbSignedData: size, pbSignedData: null });
    expect(asked.cbSignedData).toBe(size);
  });
});

describe('CardSignData, negative', () => {
  it.each<
    [
      string,
      Partial<CARD_SIGNING_INFO>,
      'SCARD_E_INVALID_PARAMETER' | 'ERROR_REVISION_MISMATCH' | 'SCARD_E_UNSUPPORTED_FEATURE' | 'SCARD_E_NO_KEY_CONTAINER',
    ]
  >([
    ['version 65538', { dwVersion: 65538 }, 'ERROR_REVISION_MISMATCH'],
    ['version 0', { dwVersion: 0 }, 'ERROR_REVISION_MISMATCH'],
    ['version 3', { dwVersion: 3 }, 'ERROR_REVISION_MISMATCH'],
    [
      'padding information with version 1',
      { dwSigningFlags: CARD_PADDING_INFO_PRESENT, dwPaddingType: CARD_PADDING_NONE },
      'ERROR_REVISION_MISMATCH',
    ],
    ['pbData NULL', { pbData: null }, 'SCARD_E_INVALID_PARAMETER'],
    ['empty data', { pbData: bytes(0) }, 'SCARD_E_INVALID_PARAMETER'],
    ['keyspec 0', { dwKeySpec: 0 }, 'SCARD_E_INVALID_PARAMETER'],
    ['keyspec FFFFFFFF', { dwKeySpec: 0xffffffff }, 'SCARD_E_INVALID_PARAMETER'],
    ['signing flags FFFFFFFF', { dwSigningFlags: 0xffffffff }, 'SCARD_E_INVALID_PARAMETER'],
    ['ALG_ID 0x10000000', { aiHashAlg: 0x10000000 }, 'SCARD_E_INVALID_PARAMETER'],
    ['a MAC', { aiHashAlg: 0x8005 }, 'SCARD_E_UNSUPPORTED_FEATURE'],
    ['an HMAC', { aiHashAlg: 0x8009 }, 'SCARD_E_UNSUPPORTED_FEATURE'],
    ['X9.31', { dwSigningFlags: CRYPT_X931_FORMAT }, 'SCARD_E_UNSUPPORTED_FEATURE'],
    ['a hash of another length', { aiHashAlg: CALG_SHA_384 }, 'SCARD_E_INVALID_PARAMETER'],
    ['index out of range', { bContainerIndex: 8 }, 'SCARD_E_NO_KEY_CONTAINER'],
    ['padding type 0', { dwVersion: 2, dwSigningFlags: CARD_PADDING_INFO_PRESENT, dwPaddingType: 0 }, 'SCARD_E_INVALID_PARAMETER'],
    [
      'no padding information',
      { dwVersion: 2, dwSigningFlags: CARD_PADDING_INFO_PRESENT, dwPaddingType: CARD_PADDING_PKCS1 },
      'SCARD_E_INVALID_PARAMETER',
    ],
    [
      'an unknown hash name',
      { dwVersion: 2, dwSigningFlags: CARD_PADDING_INFO_PRESENT, dwPaddingType: CARD_PADDING_PKCS1, pPaddingInfo: { pszAlgId: 'sha256' } },
      'SCARD_E_UNSUPPORTED_FEATURE',
    ],
    [
      'PSS with MD5',
      { dwVersion: 2, dwSigningFlags: CARD_PADDING_INFO_PRESENT, dwPaddingType: CARD_PADDING_PSS, pPaddingInfo: { pszAlgId: 'MD5', cbSalt: 16 } },
      'SCARD_E_UNSUPPORTED_FEATURE',
    ],
  ])('%s', async (_, fields, expected) => {
    const { card, edge } = await signer();
    await refusedUnasked(edge, expected, card.CardSignData(info(fields)));
  });

  it('NULL structure', async () => {
    const { card, edge } = await signer();
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardSignData(NULL));
  });

  it('an empty container and a key of another kind are SCARD_E_NO_KEY_CONTAINER', async () => {
    const { card } = await signer();
    expect(await code(card.CardSignData(info({ bContainerIndex: 5 })))).toBe('SCARD_E_NO_KEY_CONTAINER');
    expect(await code(card.CardSignData(info({ dwKeySpec: AT_ECDSA_P256 })))).toBe('SCARD_E_NO_KEY_CONTAINER');
    expect(await code(card.CardSignData(info({ bContainerIndex: 4, dwKeySpec: AT_ECDSA_P384 })))).toBe('SCARD_E_NO_KEY_CONTAINER');
  });

  it('without authentication SCARD_W_SECURITY_VIOLATION, and the key is not asked', async () => {
    const { card, edge } = await signer();
    await card.CardDeauthenticateEx(0xff, 0);
    edge.exchanges = 0;
    expect(await code(card.CardSignData(info()))).toBe('SCARD_W_SECURITY_VIOLATION');
    expect(edge.exchanges).toBe(1);
  });

  it('OutOfMem: SCARD_E_NO_MEMORY before the key is used', async () => {
    const { card, edge } = await bench({}, { pfnCspAlloc: () => null });
    await card.CardAuthenticateEx(1, 0, USER_PIN);
    edge.put(2, RSA, 'signature');
    edge.exchanges = 0;
    expect(await code(card.CardSignData(info()))).toBe('SCARD_E_NO_MEMORY');
    expect(edge.exchanges).toBe(1);
  });

  it('the input is left as it was', async () => {
    const { card } = await signer();
    const asked = info();
    await card.CardSignData(asked);
    expect(asked.pbData).toEqual(hash('sha256'));
  });

  it('a card that answers short is an error, not a short signature', async () => {
    const { card, edge } = await signer(P256);
    edge.ecdsaSign = async () => bytes(63);
    expect(await code(card.CardSignData(info({ dwKeySpec: AT_ECDSA_P256 })))).toBe('SCARD_E_UNEXPECTED');
  });

  it('a refusal of the card is told with its cause', async () => {
    const { card, edge } = await signer();
    const cause = new CardEdgeError('not-authenticated', 'refused');
    edge.rsaPrivate = async () => Promise.reject(cause);
    expect(await code(card.CardSignData(info()))).toBe('SCARD_W_SECURITY_VIOLATION');
  });
});
