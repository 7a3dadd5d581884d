import { type KeyObject } from 'node:crypto';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { concat, copy } from '../../src/codec/index.ts';

const CURVES = { 'P-256': p256, 'P-384': p384, 'P-521': p521 } as const;

/** ECDSA over a hash as it is, r || s, by @noble/curves: node:crypto verifies messages only. */
export function ecdsaVerifyPrehash(key: KeyObject, hash: Uint8Array, signature: Uint8Array): boolean {
  const jwk = key.export({ format: 'jwk' });
  const octets = (text: string | undefined): Uint8Array => copy(Buffer.from(text ?? '', 'base64url'));
  const point = concat(Uint8Array.of(4), octets(jwk.x), octets(jwk.y));
  return CURVES[jwk.crv as keyof typeof CURVES].verify(signature, hash, point, { prehash: false, lowS: false });
}
