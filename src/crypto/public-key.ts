import type { Bytes } from '../codec/bytes.ts';
import { checkPoint, CURVES, type CurveName } from './ec.ts';
import { CryptoError } from './errors.ts';
import { bitLength } from './pkcs1.ts';

/** A public key in natural (big-endian) order; the same shape as the minidriver port's. */
export type PublicKey =
  | { readonly kind: 'rsa'; readonly modulus: Bytes; readonly publicExponent: Bytes }
  | { readonly kind: 'ec'; readonly curve: CurveName; /** 04 || X || Y */ readonly point: Bytes };

/** Base64url without padding (RFC 7515, 2). */
export function base64url(source: Uint8Array): string {
  let text = '';
  for (const octet of source) text += String.fromCharCode(octet);
  return btoa(text).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

function withoutLeadingZeros(source: Uint8Array): Uint8Array {
  const first = source.findIndex((octet) => octet !== 0);
  return first < 0 ? source.subarray(0, 0) : source.subarray(first);
}

/**
 * Refuses keys that no card or certificate of ours should hold: RSA outside 1024..4096 bits, an even modulus, or an exponent that is
 * even or below 3; an EC point that is not on its curve.
 * @throws CryptoError `bad-key`, `bad-point`
 */
export function checkPublicKey(key: PublicKey): void {
  if (key.kind === 'ec') {
    checkPoint(key.curve, key.point);
    return;
  }
  const bits = bitLength(key.modulus);
  if (bits < 1024 || bits > 4096) throw new CryptoError('bad-key', `an RSA modulus of ${bits} bits`);
  if (((key.modulus.at(-1) ?? 0) & 1) === 0) throw new CryptoError('bad-key', 'an even RSA modulus');
  const exponentBits = bitLength(key.publicExponent);
  if (((key.publicExponent.at(-1) ?? 0) & 1) === 0 || exponentBits < 2 || exponentBits > 256)
    throw new CryptoError('bad-key', 'an RSA public exponent out of range');
}

/** JSON Web Key of a public key (RFC 7518, 6.2, 6.3), the form WebCrypto takes raw numbers in. @throws CryptoError as {@link checkPublicKey} */
export function publicKeyJwk(key: PublicKey): JsonWebKey {
  checkPublicKey(key);
  if (key.kind === 'rsa')
    return { kty: 'RSA', n: base64url(withoutLeadingZeros(key.modulus)), e: base64url(withoutLeadingZeros(key.publicExponent)) };
  const { fieldBytes } = CURVES[key.curve];
  return { kty: 'EC', crv: key.curve, x: base64url(key.point.subarray(1, 1 + fieldBytes)), y: base64url(key.point.subarray(1 + fieldBytes)) };
}

/** Whether two public keys are the same key; leading zeros of RSA numbers do not count. */
export function samePublicKey(a: PublicKey, b: PublicKey): boolean {
  const same = (x: Uint8Array, y: Uint8Array): boolean => x.length === y.length && x.every((octet, i) => octet === y[i]);
  if (a.kind === 'rsa' && b.kind === 'rsa') {
    return (
      same(withoutLeadingZeros(a.modulus), withoutLeadingZeros(b.modulus)) &&
      same(withoutLeadingZeros(a.publicExponent), withoutLeadingZeros(b.publicExponent))
    );
  }
  return a.kind === 'ec' && b.kind === 'ec' && a.curve === b.curve && same(a.point, b.point);
}
