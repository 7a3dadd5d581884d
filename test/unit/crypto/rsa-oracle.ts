import { constants, createPrivateKey, type KeyObject, privateDecrypt, publicEncrypt } from 'node:crypto';
import { type Bytes, copy } from '../../../src/codec/bytes.ts';
import type { RsaPrivateParts } from '../../../src/crypto/bignum/index.ts';

/** A number from big-endian octets, and back; for tests only. */
export const toBig = (value: Uint8Array): bigint => BigInt(`0x0${Buffer.from(value).toString('hex')}`);
export const fromBig = (value: bigint, lengthBytes: number): Bytes => copy(Buffer.from(value.toString(16).padStart(2 * lengthBytes, '0'), 'hex'));

export function inverse(a: bigint, m: bigint): bigint {
  let [r0, r1, s0, s1] = [m, a % m, 0n, 1n];
  while (r1 !== 0n) [r0, r1, s0, s1] = [r1, r0 - (r0 / r1) * r1, s1, s0 - (r0 / r1) * s1];
  return ((s0 % m) + m) % m;
}

/** All numbers of a key of node:crypto, d too. */
export function parts(key: KeyObject): RsaPrivateParts & { readonly d: Bytes } {
  const jwk = key.export({ format: 'jwk' });
  const part = (text: string | undefined): Bytes => copy(Buffer.from(text ?? '', 'base64url'));
  return { n: part(jwk.n), e: part(jwk.e), d: part(jwk.d), p: part(jwk.p), q: part(jwk.q), dP: part(jwk.dp), dQ: part(jwk.dq), qInv: part(jwk.qi) };
}

/** The same key with its primes in the other order. */
export function swapped(k: RsaPrivateParts): RsaPrivateParts {
  return { ...k, p: k.q, q: k.p, dP: k.dQ, dQ: k.dP, qInv: fromBig(inverse(toBig(k.p), toBig(k.q)), k.q.length) };
}

/** A key of two given primes, e = 65537, with d below (p - 1)(q - 1). */
export function keyOf(p: bigint, q: bigint, e = 65537n): RsaPrivateParts & { readonly d: Bytes } {
  const octets = (value: bigint): Bytes => fromBig(value, Math.ceil(value.toString(16).length / 2));
  const d = inverse(e, (p - 1n) * (q - 1n));
  return {
    n: octets(p * q),
    e: octets(e),
    d: octets(d),
    p: octets(p),
    q: octets(q),
    dP: octets(d % (p - 1n)),
    dQ: octets(d % (q - 1n)),
    qInv: octets(inverse(q, p)),
  };
}

/** The same key for node:crypto. */
export function nodeKey(k: RsaPrivateParts & { readonly d: Bytes }): KeyObject {
  const text = (value: Bytes): string => Buffer.from(value).toString('base64url');
  const key = { kty: 'RSA', n: text(k.n), e: text(k.e), d: text(k.d), p: text(k.p), q: text(k.q), dp: text(k.dP), dq: text(k.dQ), qi: text(k.qInv) };
  return createPrivateKey({ key, format: 'jwk' });
}

export const oracle = (key: KeyObject, input: Uint8Array): Buffer => privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, input);
export const oraclePublic = (key: KeyObject, input: Uint8Array): Buffer => publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, input);

/** Distances of primes from 2^(bits - 1) upwards and from 2^bits downwards, two each; p - 1 is prime to 65537. */
export const EDGE_PRIMES: Readonly<Record<number, { readonly low: readonly [number, number]; readonly high: readonly [number, number] }>> = {
  512: { low: [111, 809], high: [569, 629] },
  768: { low: [699, 791], high: [825, 1385] },
  1024: { low: [1155, 1493], high: [105, 179] },
  2048: { low: [1919, 2111], high: [1557, 2543] },
};
