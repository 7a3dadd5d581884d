import { type Bytes, bytes, concat, wipe } from '../codec/bytes.ts';
import { digest, HASH_BYTES, type HashName } from '../crypto/digest.ts';
import { md5, MD5_BLOCK_BYTES, MD5_BYTES } from './md5.ts';

/* HMAC and the pseudo-random functions of TLS, for CardDeriveKey (S707 4.7.3). Everything made of a secret is wiped. */

interface HashFunction {
  readonly hashBytes: number;
  readonly blockBytes: number;
  hash(message: Uint8Array): Promise<Bytes> | Bytes;
}

const MD5: HashFunction = { hashBytes: MD5_BYTES, blockBytes: MD5_BLOCK_BYTES, hash: md5 };

const hashFunction = (name: HashName): HashFunction => ({
  hashBytes: HASH_BYTES[name],
  blockBytes: name === 'SHA-1' || name === 'SHA-256' ? 64 : 128,
  hash: (message) => digest(name, message),
});

async function keyed(by: HashFunction, key: Uint8Array, message: Uint8Array): Promise<Bytes> {
  const block = bytes(by.blockBytes);
  const short = key.length > block.length ? await by.hash(key) : Uint8Array.from(key);
  block.set(short);
  const with0 = (pad: number): Uint8Array => block.map((octet) => octet ^ pad);
  const [innerPad, outerPad] = [with0(0x36), with0(0x5c)];
  const inner = concat(innerPad, message);
  const innerHash = await by.hash(inner);
  const outer = concat(outerPad, innerHash);
  const result = await by.hash(outer);
  wipe(block, short, innerPad, outerPad, inner, innerHash, outer);
  return result;
}

/** HMAC (RFC 2104). */
export function hmac(hash: HashName, key: Uint8Array, message: Uint8Array): Promise<Bytes> {
  return keyed(hashFunction(hash), key, message);
}

/** P_hash (RFC 5246, 5; the same in RFC 2246, 5). */
async function expanded(by: HashFunction, secret: Uint8Array, seed: Uint8Array, lengthBytes: number): Promise<Bytes> {
  const out: Bytes[] = [];
  let a: Uint8Array = seed;
  for (let have = 0; have < lengthBytes; have += by.hashBytes) {
    a = await keyed(by, secret, a);
    const input = concat(a, seed);
    out.push(await keyed(by, secret, input));
    wipe(input);
  }
  const whole = concat(...out);
  const result = whole.slice(0, lengthBytes);
  wipe(whole, ...out);
  return result;
}

/** The pseudo-random function of TLS 1.2 (RFC 5246, 5). `seed` is label and seed, one behind the other. */
export function tls12Prf(hash: HashName, secret: Uint8Array, seed: Uint8Array, lengthBytes: number): Promise<Bytes> {
  return expanded(hashFunction(hash), secret, seed, lengthBytes);
}

/** The pseudo-random function of TLS 1.0 and 1.1: P_MD5 of the first half XOR P_SHA1 of the second, which share the middle octet of an odd secret (RFC 2246, 5). */
export async function tls10Prf(secret: Uint8Array, seed: Uint8Array, lengthBytes: number): Promise<Bytes> {
  const half = Math.ceil(secret.length / 2);
  const first = await expanded(MD5, secret.subarray(0, half), seed, lengthBytes);
  const second = await expanded(hashFunction('SHA-1'), secret.subarray(secret.length - half), seed, lengthBytes);
  for (let i = 0; i < first.length; i++) first[i] = (first[i] ?? 0) ^ (second[i] ?? 0);
  wipe(second);
  return first;
}
