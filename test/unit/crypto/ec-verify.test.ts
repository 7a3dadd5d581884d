import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it, test } from 'vitest';
import { type Bytes, concat, copy } from '../../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../../src/codec/hex.ts';
import type { HashName } from '../../../src/crypto/digest.ts';
import { checkPoint, CURVES, type CurveName, curveOfPoint, ecdsaDerToRaw, ecdsaRawToDer } from '../../../src/crypto/ec.ts';
import { type PublicKey, publicKeyJwk, samePublicKey } from '../../../src/crypto/public-key.ts';
import { verifySignature } from '../../../src/crypto/verify.ts';
import { corporaAbsent } from '../../corpora.ts';
import { counted, nistAbsent, nistText } from '../../vectors/crypto-corpus.ts';
import { rspVectors } from './rsp.ts';
import { text, wycheproof } from './wycheproof.ts';

const curves = Object.keys(CURVES) as CurveName[];

function fromJwk(jwk: JsonWebKey): PublicKey {
  const part = (value: string | undefined): Bytes => copy(Buffer.from(value ?? '', 'base64url'));
  if (jwk.kty === 'RSA') return { kind: 'rsa', modulus: part(jwk.n), publicExponent: part(jwk.e) };
  return { kind: 'ec', curve: jwk.crv as CurveName, point: concat(fromHex('04'), part(jwk.x), part(jwk.y)) };
}

describe('points', () => {
  test.skipIf(nistAbsent('asymmetric/ECDSA/FIPS_186-3/PKV.rsp') !== undefined)('NIST PKV: every verdict on P-256, P-384 and P-521', () => {
    const seen = { P: 0, F: 0 };
    for (const v of rspVectors(nistText('asymmetric/ECDSA/FIPS_186-3/PKV.rsp'))) {
      const curve = v.section as CurveName;
      if (!curves.includes(curve)) continue;
      const { fieldBytes } = CURVES[curve];
      const hex = (name: string): string => v.text(name).padStart(2 * fieldBytes, '0');
      const expected = v.text('Result')[0] as 'P' | 'F';
      seen[expected]++;
      const run = (): void => checkPoint(curve, fromHex(`04${hex('Qx').slice(-2 * fieldBytes)}${hex('Qy').slice(-2 * fieldBytes)}`));
      const overlong = v.text('Qx').length > 2 * fieldBytes || v.text('Qy').length > 2 * fieldBytes;
      if (expected === 'P') expect(run).not.toThrow();
      else if (!overlong) expect(run).toThrow(expect.objectContaining({ reason: 'bad-point' }));
    }
    counted('PKV', { 'valid accepted': seen.P, 'invalid refused': seen.F });
    expect(seen.P).toBeGreaterThan(5);
    expect(seen.F).toBeGreaterThan(15);
  });

  it.each(curves)('a key of OpenSSL is on %s, its neighbours are not', (curve) => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: curve });
    const key = fromJwk(publicKey.export({ format: 'jwk' }));
    if (key.kind !== 'ec') throw new Error('not an EC key');
    expect(curveOfPoint(key.point)).toBe(curve);
    checkPoint(curve, key.point);
    for (const at of [0, 1, key.point.length - 1]) {
      const bad = copy(key.point);
      bad[at] = (bad[at] ?? 0) ^ 1;
      expect(() => checkPoint(curve, bad)).toThrow(expect.objectContaining({ reason: 'bad-point' }));
    }
    expect(() => checkPoint(curve, key.point.subarray(1))).toThrow(expect.objectContaining({ reason: 'bad-point' }));
  });
});

describe('ECDSA signature forms', () => {
  it.each(curves)('OpenSSL signatures on %s convert both ways', (curve) => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: curve });
    for (let i = 0; i < 40; i++) {
      const der = copy(sign('sha256', Buffer.from([i]), privateKey));
      const rawForm = ecdsaDerToRaw(curve, der);
      expect(rawForm.length).toBe(2 * CURVES[curve].fieldBytes);
      expect(toHex(ecdsaRawToDer(curve, rawForm))).toBe(toHex(der));
    }
  });

  it.each([
    ['a negative integer', '3006020181020101'],
    ['a leading zero too many', '300702020001020101'],
    ['a long length form', '308106020101020101'],
    ['a third integer', '3009020101020101020101'],
    ['trailing bytes', '300602010102010100'],
    ['zero', '3006020100020101'],
    ['an empty integer', '30050200020101'],
    ['another tag', '3106020101020101'],
    ['nothing', ''],
    ['longer than the field', `302702220100${'00'.repeat(32)}020101`],
  ])('refuses %s', (_name, der) => {
    expect(() => ecdsaDerToRaw('P-256', fromHex(der))).toThrow(expect.objectContaining({ reason: 'bad-signature' }));
  });
});

describe('verification by WebCrypto', () => {
  test.skipIf(corporaAbsent !== undefined).each([
    ['ecdsa_secp256r1_sha256_test.json', 'der'],
    ['ecdsa_secp384r1_sha384_test.json', 'der'],
    ['ecdsa_secp256r1_sha256_p1363_test.json', 'raw'],
    ['ecdsa_secp384r1_sha384_p1363_test.json', 'raw'],
  ] as const)('Wycheproof %s', async (file, form) => {
    let valid = 0;
    let invalid = 0;
    for (const group of wycheproof(file)) {
      const point = fromHex(text(group['publicKey'] as never, 'uncompressed'));
      const key: PublicKey = { kind: 'ec', curve: curveOfPoint(point)!, point };
      for (const v of group.tests) {
        const good = await verifySignature(
          key,
          { kind: 'ecdsa', hash: text(group, 'sha') as HashName, form },
          fromHex(text(v, 'sig')),
          fromHex(text(v, 'msg')),
        );
        expect(good, `test ${v.tcId}`).toBe(v.result === 'valid');
        if (good) valid++;
        else invalid++;
      }
    }
    counted(file, { 'valid accepted': valid, 'invalid refused': invalid });
    expect(valid).toBeGreaterThan(40);
    expect(invalid).toBeGreaterThan(40);
  });

  it('refuses keys that must not be used, and a scheme of the other family', async () => {
    const small: PublicKey = { kind: 'rsa', modulus: new Uint8Array(64).fill(0xff), publicExponent: fromHex('010001') };
    expect(() => publicKeyJwk(small)).toThrow(expect.objectContaining({ reason: 'bad-key' }));
    const rsa = fromJwk(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' }));
    if (rsa.kind !== 'rsa') throw new Error('not RSA');
    expect(() => publicKeyJwk({ ...rsa, publicExponent: fromHex('02') })).toThrow(expect.objectContaining({ reason: 'bad-key' }));
    await expect(verifySignature(rsa, { kind: 'ecdsa', hash: 'SHA-256', form: 'raw' }, new Uint8Array(64), new Uint8Array(0))).rejects.toMatchObject({
      reason: 'unsupported',
    });
    expect(samePublicKey(rsa, { ...rsa, modulus: concat(new Uint8Array(1), rsa.modulus) })).toBe(true);
    expect(samePublicKey(rsa, small)).toBe(false);
  });
});
