import fc from 'fast-check';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Bytes, CodecError, concat, copy, fromHex, toHex } from '../../../../src/codec/index.ts';
import { decodeEccPrivateKeyBlob, decodePublicKeyBlob, decodeRsaPrivateKeyBlob, encodePublicKeyBlob } from '../../../../src/minidriver/index.ts';
import { PRIVATE_BLOB, PUBLIC_BLOB, RSA_DER } from '../key-fixture.ts';

const b64 = (text: string | undefined): Bytes => copy(Buffer.from(text ?? '', 'base64url'));
const JWK = createPrivateKey({ key: Buffer.from(RSA_DER), format: 'der', type: 'pkcs1' }).export({ format: 'jwk' });
const RSA = { kind: 'rsa', modulus: b64(JWK.n), publicExponent: b64(JWK.e) } as const;

/** The blob with one octet changed. */
function changed(blob: Bytes, at: number, value: number): Bytes {
  const out = blob.slice();
  out[at] = value;
  return out;
}

const reasonOf = (body: () => unknown): string => {
  try {
    body();
  } catch (error) {
    if (error instanceof CodecError) return 'codec';
    throw error;
  }
  return 'none';
};

describe('RSA public key blob', () => {
  it('is the one that OpenSSL writes', () => {
    expect(toHex(encodePublicKeyBlob(RSA, 'key-exchange'))).toBe(toHex(PUBLIC_BLOB));
  });

  it('has the published offsets', () => {
    const blob = encodePublicKeyBlob(RSA, 'signature');
    expect(toHex(blob.subarray(0, 20))).toBe('0602000000240000' + '52534131' + '00040000' + '01000100');
    expect(blob.length).toBe(20 + 128);
    // Little-endian: the first octet of the number stands last.
    expect(blob.at(-1)).toBe(RSA.modulus[0]);
  });

  it('drops leading zeros of the modulus', () => {
    expect(encodePublicKeyBlob({ ...RSA, modulus: concat(Uint8Array.of(0), RSA.modulus) }, 'key-exchange')).toEqual(PUBLIC_BLOB);
  });

  it('decodes to the same key', () => {
    expect(decodePublicKeyBlob(PUBLIC_BLOB)).toEqual({ key: RSA, usage: 'key-exchange' });
  });

  it('refuses an exponent over a DWORD', () => {
    expect(reasonOf(() => encodePublicKeyBlob({ ...RSA, publicExponent: fromHex('0100000001') }, 'signature'))).toBe('codec');
  });
});

describe('RSA private key blob', () => {
  it('decodes what OpenSSL writes', () => {
    const key = decodeRsaPrivateKeyBlob(PRIVATE_BLOB, 'key-exchange');
    expect(key).toEqual({ ...RSA, p: b64(JWK.p), q: b64(JWK.q), dP: b64(JWK.dp), dQ: b64(JWK.dq), qInv: b64(JWK.qi), d: key.d });
    expect(BigInt(`0x${toHex(key.d)}`)).toBe(BigInt(`0x${toHex(b64(JWK.d))}`));
  });

  it.each([
    ['type of a public blob', 0, 6],
    ['version 3', 1, 3],
    ['reserved field', 2, 1],
    ['algorithm of signatures', 5, 0x24],
    ['magic RSA1', 11, 0x31],
    ['modulus length', 12, 8],
  ])('refuses %s', (_, at, value) => {
    expect(reasonOf(() => decodeRsaPrivateKeyBlob(changed(PRIVATE_BLOB, at, value), 'key-exchange'))).toBe('codec');
  });

  it('refuses the other usage and other lengths', () => {
    expect(reasonOf(() => decodeRsaPrivateKeyBlob(PRIVATE_BLOB, 'signature'))).toBe('codec');
    expect(reasonOf(() => decodeRsaPrivateKeyBlob(PRIVATE_BLOB.slice(0, -1), 'key-exchange'))).toBe('codec');
    expect(reasonOf(() => decodeRsaPrivateKeyBlob(concat(PRIVATE_BLOB, Uint8Array.of(0)), 'key-exchange'))).toBe('codec');
  });

  it('any other octets end in a codec error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 700 }), (octets) => {
        expect(reasonOf(() => decodeRsaPrivateKeyBlob(copy(octets), 'key-exchange'))).toBe('codec');
        expect(['codec', 'none']).toContain(reasonOf(() => decodePublicKeyBlob(copy(octets))));
        expect(['codec', 'none']).toContain(reasonOf(() => decodeEccPrivateKeyBlob(copy(octets), 'P-256', 'signature')));
      }),
    );
  });
});

describe('ECC blobs', () => {
  /** Magic numbers as text: the four letters that bcrypt.h spells. */
  const rows = [
    ['P-256', 'prime256v1', 32, 'ECS1', 'ECS2', 'ECK1', 'ECK2'],
    ['P-384', 'secp384r1', 48, 'ECS3', 'ECS4', 'ECK3', 'ECK4'],
    ['P-521', 'secp521r1', 66, 'ECS5', 'ECS6', 'ECK5', 'ECK6'],
  ] as const;

  it.each(rows)('%s: header, natural order, no 04 in front', (curve, openssl, cbKey, sigPublic, sigPrivate, kexPublic, kexPrivate) => {
    const jwk = generateKeyPairSync('ec', { namedCurve: openssl }).privateKey.export({ format: 'jwk' });
    const [x, y, d] = [b64(jwk.x), b64(jwk.y), b64(jwk.d)];
    const point = concat(Uint8Array.of(4), x, y);
    for (const [usage, publicMagic, privateMagic] of [
      ['signature', sigPublic, sigPrivate],
      ['key-exchange', kexPublic, kexPrivate],
    ] as const) {
      const header = (magic: string): Bytes => copy(Buffer.concat([Buffer.from(magic), Buffer.from([cbKey, 0, 0, 0])]));
      const publicBlob = concat(header(publicMagic), x, y);
      expect(encodePublicKeyBlob({ kind: 'ec', curve, point }, usage)).toEqual(publicBlob);
      expect(decodePublicKeyBlob(publicBlob)).toEqual({ key: { kind: 'ec', curve, point }, usage });
      const privateBlob = concat(header(privateMagic), x, y, d);
      expect(decodeEccPrivateKeyBlob(privateBlob, curve, usage)).toEqual({ kind: 'ec', curve, point, d });
      const other = usage === 'signature' ? 'key-exchange' : 'signature';
      expect(reasonOf(() => decodeEccPrivateKeyBlob(privateBlob, curve, other))).toBe('codec');
      expect(reasonOf(() => decodeEccPrivateKeyBlob(privateBlob.slice(1), curve, usage))).toBe('codec');
      expect(reasonOf(() => decodeEccPrivateKeyBlob(concat(header(privateMagic), x, y, new Uint8Array(cbKey)), curve, usage))).toBe('codec');
      expect(reasonOf(() => decodePublicKeyBlob(publicBlob.slice(0, -1)))).toBe('codec');
    }
  });
});
