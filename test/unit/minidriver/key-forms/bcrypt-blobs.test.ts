import fc from 'fast-check';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Bytes, CodecError, copy, toHex } from '../../../../src/codec/index.ts';
import {
  decodeBcryptRsaKeyBlob,
  decodeBool,
  decodeCapabilities,
  decodeDword,
  decodeEccPrivateKeyBlob,
  decodeFreeSpaceInfo,
  decodeKeySizes,
  decodePinInfo,
  decodeWideMultistring,
  encodeBcryptRsaFullPrivateBlob,
  encodeBcryptRsaPublicBlob,
  encodeBool,
  encodeCapabilities,
  encodeDword,
  encodeEccPrivateKeyBlob,
  encodeFreeSpaceInfo,
  encodeKeySizes,
  encodePinInfo,
  encodeRsaPrivateKeyBlob,
  encodeWideMultistring,
  wipeBcryptRsaKey,
} from '../../../../src/minidriver/index.ts';
import { edgeKey } from '../edge-key.ts';
import { PRIVATE_BLOB, RSA_DER } from '../key-fixture.ts';

const own = edgeKey(createPrivateKey({ key: Buffer.from(RSA_DER), format: 'der', type: 'pkcs1' }));
if (own.kind !== 'rsa') throw new Error('no RSA key');
const KEY = own;
const { modulus: n, publicExponent: e, d, p, q, dP, dQ, qInv } = KEY;

/** The C structure and what follows it, put together from the numbers that node:crypto exports: nothing of ours. */
function written(magic: string, parts: readonly Bytes[], primes: readonly Bytes[]): string {
  const header = Buffer.alloc(20);
  [8 * n.length, e.length, n.length, primes[0]?.length ?? 0, primes[1]?.length ?? 0].forEach((value, i) => header.writeUInt32LE(value, 4 * i));
  return Buffer.concat([Buffer.from(magic, 'latin1'), header, ...parts]).toString('hex');
}

const codecError = (body: () => unknown): boolean => {
  try {
    body();
  } catch (error) {
    if (error instanceof CodecError) return true;
    throw error;
  }
  return false;
};

describe('BCRYPT_RSAKEY_BLOB', () => {
  const full = [e, n, p, q, copy(Buffer.concat([Buffer.alloc(64 - dP.length), dP])), dQ, qInv].map(copy);

  it('public: "RSA1", lengths, then e and n in natural order', () => {
    expect(toHex(encodeBcryptRsaPublicBlob({ kind: 'rsa', modulus: n, publicExponent: e }))).toBe(written('RSA1', [e, n], []));
  });

  it('full private: "RSA3" and e n p q dP dQ qInv d', () => {
    const dFull = copy(Buffer.concat([Buffer.alloc(n.length - d.length), d]));
    expect(toHex(encodeBcryptRsaFullPrivateBlob(KEY))).toBe(written('RSA3', [...full, dFull], [p, q]));
  });

  it('decodes all three forms', () => {
    const from = (hex: string): Bytes => copy(Buffer.from(hex, 'hex'));
    const publicKey = { kind: 'rsa', modulus: n, publicExponent: e };
    expect(decodeBcryptRsaKeyBlob(from(written('RSA1', [e, n], [])))).toEqual({ publicKey });
    expect(decodeBcryptRsaKeyBlob(from(written('RSA2', [e, n, p, q], [p, q])))).toEqual({ publicKey, primes: { p, q } });
    const back = decodeBcryptRsaKeyBlob(encodeBcryptRsaFullPrivateBlob(KEY));
    expect(BigInt(`0x${toHex(back.full?.d ?? new Uint8Array(1))}`)).toBe(BigInt(`0x${toHex(d)}`));
    expect(back.full?.qInv).toEqual(qInv);
    wipeBcryptRsaKey(back);
    expect(back.full?.d.every((octet) => octet === 0)).toBe(true);
    expect(back.primes?.p.every((octet) => octet === 0)).toBe(true);
  });

  it('negative: any change of the header and any cut is a codec error', () => {
    const blob = encodeBcryptRsaFullPrivateBlob(KEY);
    for (let at = 0; at < 24; at++) {
      const changed = blob.slice();
      changed[at] = (changed[at] ?? 0) ^ 0x41;
      expect(
        codecError(() => decodeBcryptRsaKeyBlob(changed)),
        `octet ${at}`,
      ).toBe(true);
    }
    for (const length of [0, 23, 24, blob.length - 1]) expect(codecError(() => decodeBcryptRsaKeyBlob(blob.slice(0, length)))).toBe(true);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => void codecError(() => decodeBcryptRsaKeyBlob(octets))));
  });
});

describe('private key blobs, written', () => {
  it('PRIVATEKEYBLOB is the one that OpenSSL writes', () => {
    expect(toHex(encodeRsaPrivateKeyBlob(KEY, 'key-exchange'))).toBe(toHex(PRIVATE_BLOB));
    expect(toHex(encodeRsaPrivateKeyBlob(KEY, 'signature').subarray(4, 8))).toBe('00240000');
    expect(codecError(() => encodeRsaPrivateKeyBlob({ ...KEY, modulus: n.slice(1) }, 'signature'))).toBe(true);
  });

  it.each([
    ['P-256', 'ECS2', 'ECK2', 32],
    ['P-384', 'ECS4', 'ECK4', 48],
    ['P-521', 'ECS6', 'ECK6', 66],
  ] as const)('%s: magic, cbKey, X, Y, d', (curve, signature, exchange, cbKey) => {
    const pair = generateKeyPairSync('ec', { namedCurve: curve });
    const key = edgeKey(pair.privateKey);
    if (key.kind !== 'ec') throw new Error('no curve');
    for (const [usage, magic] of [
      ['signature', signature],
      ['key-exchange', exchange],
    ] as const) {
      const blob = encodeEccPrivateKeyBlob(key, usage);
      expect(toHex(blob)).toBe(toHex(Buffer.concat([Buffer.from(magic, 'latin1'), Buffer.from([cbKey, 0, 0, 0]), key.point.subarray(1), key.d])));
      expect(decodeEccPrivateKeyBlob(blob, curve, usage)).toEqual(key);
    }
    expect(codecError(() => encodeEccPrivateKeyBlob({ ...key, point: key.point.slice(1) }, 'signature'))).toBe(true);
  });
});

describe('octet forms, read', () => {
  it('each comes back as it was written, and takes exactly its length', () => {
    const info = { dwVersion: 1, dwBytesAvailable: 0xffffffff, dwKeyContainersAvailable: 2, dwMaxKeyContainers: 24 };
    const sizes = { dwVersion: 1, dwMinimumBitlen: 2, dwDefaultBitlen: 3, dwMaximumBitlen: 4, dwIncrementalBitlen: 5 };
    const capabilities = { dwVersion: 1, fCertificateCompression: true, fKeyGen: false };
    const pin = {
      dwVersion: 6,
      PinType: 1,
      PinPurpose: 2,
      dwChangePermission: 3,
      dwUnblockPermission: 4,
      PinCachePolicy: { dwVersion: 6, PinCachePolicyType: 3, dwPinCachePolicyInfo: 9 },
      dwFlags: 1,
    };
    expect(decodeFreeSpaceInfo(encodeFreeSpaceInfo(info))).toEqual(info);
    expect(decodeKeySizes(encodeKeySizes(sizes))).toEqual(sizes);
    expect(decodeCapabilities(encodeCapabilities(capabilities))).toEqual(capabilities);
    expect(decodePinInfo(encodePinInfo(pin))).toEqual(pin);
    expect([decodeDword(encodeDword(0x80100004)), decodeBool(encodeBool(true)), decodeBool(encodeBool(false))]).toEqual([0x80100004, true, false]);
    for (const names of [[], ['RSA'], ['3DES', 'AES']]) expect(decodeWideMultistring(encodeWideMultistring(names))).toEqual(names);
    for (const decode of [decodeFreeSpaceInfo, decodeKeySizes, decodeCapabilities, decodePinInfo, decodeDword])
      for (const length of [0, 3, 5, 37]) expect(codecError(() => decode(new Uint8Array(length)))).toBe(true);
    for (const wrong of ['', '41', '4100', '41000000', '00004100'])
      expect(codecError(() => decodeWideMultistring(Buffer.from(wrong, 'hex')))).toBe(true);
  });
});
