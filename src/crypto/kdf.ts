import { type Bytes, concat, wipe } from '../codec/bytes.ts';
import { aesCmac } from './cmac.ts';
import { digest, HASH_BYTES, type HashFunction, hashFunction, type HashName } from './digest.ts';
import { CryptoError } from './errors.ts';
import { hmac } from './hmac.ts';

/*
 * Key derivation. Every function returns `lengthBytes` octets that the caller wipes, and wipes what it made on the way. Hashes are
 * WebCrypto's, AES is @noble/ciphers'.
 */

const MAX_DERIVED_BYTES = 0x10000;

function checkLength(lengthBytes: number, most: number = MAX_DERIVED_BYTES): void {
  if (!Number.isInteger(lengthBytes) || lengthBytes < 1 || lengthBytes > most)
    throw new CryptoError('bad-length', `${lengthBytes} bytes can not be derived`);
}

function counter32(value: number): Bytes {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

/** The first `lengthBytes` of all blocks; the blocks are wiped. */
function cut(blocks: readonly Bytes[], lengthBytes: number): Bytes {
  const whole = concat(...blocks);
  const out = whole.slice(0, lengthBytes);
  wipe(whole, ...blocks);
  return out;
}

/** Hash of all parts, of which one is secret: the joined message is wiped. */
async function hashOf(hash: HashName, ...parts: readonly Uint8Array[]): Promise<Bytes> {
  const message = concat(...parts);
  try {
    return await digest(hash, message);
  } finally {
    wipe(message);
  }
}

/** What stands before and after the counter in the input of each block, and the counter's length. */
export interface CounterLayout {
  readonly before?: Uint8Array;
  readonly after?: Uint8Array;
  readonly counterBits?: 8 | 16 | 24 | 32;
}

/**
 * Counter mode with AES-CMAC as the pseudo-random function (SP 800-108 revision 1, 4.1), as SCP03 and PIV secure messaging use it. The
 * fixed input data stands around the counter as the protocol wants it.
 * @throws CryptoError `bad-key`, `bad-length`
 */
export function counterKdfAesCmac(key: Uint8Array, layout: CounterLayout, lengthBytes: number): Bytes {
  const counterBytes = (layout.counterBits ?? 32) / 8;
  checkLength(lengthBytes, Math.min(MAX_DERIVED_BYTES, 16 * (2 ** (8 * counterBytes) - 1)));
  const empty = new Uint8Array(0);
  const blocks: Bytes[] = [];
  for (let i = 1; 16 * (i - 1) < lengthBytes; i++)
    blocks.push(aesCmac(key, concat(layout.before ?? empty, counter32(i).slice(4 - counterBytes), layout.after ?? empty)));
  return cut(blocks, lengthBytes);
}

/** One-step key derivation with a hash, the concatenation KDF: H(counter || Z || FixedInfo) (SP 800-56A revision 3, 5.8.2.1; SP 800-56C, 4.1). @throws CryptoError `bad-length` */
export async function concatenationKdf(hash: HashName, z: Uint8Array, fixedInfo: Uint8Array, lengthBytes: number): Promise<Bytes> {
  checkLength(lengthBytes);
  const blocks: Bytes[] = [];
  for (let i = 1; HASH_BYTES[hash] * (i - 1) < lengthBytes; i++) blocks.push(await hashOf(hash, counter32(i), z, fixedInfo));
  return cut(blocks, lengthBytes);
}

/** H(Z || counter || SharedInfo) (ANS X9.63; SEC 1, 3.6.1), as SCP11 uses it. @throws CryptoError `bad-length` */
export async function x963Kdf(hash: HashName, z: Uint8Array, sharedInfo: Uint8Array, lengthBytes: number): Promise<Bytes> {
  checkLength(lengthBytes);
  const blocks: Bytes[] = [];
  for (let i = 1; HASH_BYTES[hash] * (i - 1) < lengthBytes; i++) blocks.push(await hashOf(hash, z, counter32(i), sharedInfo));
  return cut(blocks, lengthBytes);
}

/** HKDF, extract and expand (RFC 5869, 2.2, 2.3). @throws CryptoError `bad-length` beyond 255 blocks */
export async function hkdf(hash: HashName, keyMaterial: Uint8Array, salt: Uint8Array, info: Uint8Array, lengthBytes: number): Promise<Bytes> {
  checkLength(lengthBytes, 255 * HASH_BYTES[hash]);
  const key = await hmac(hash, salt, keyMaterial);
  const blocks: Bytes[] = [];
  let last: Uint8Array = new Uint8Array(0);
  for (let i = 1; HASH_BYTES[hash] * (i - 1) < lengthBytes; i++) {
    const message = concat(last, info, Uint8Array.of(i));
    last = await hmac(hash, key, message);
    wipe(message);
    blocks.push(Uint8Array.from(last));
  }
  wipe(key, last);
  return cut(blocks, lengthBytes);
}

/** BCRYPT_KDF_HASH of CNG: H(prepend || Z || append), as long as the hash. */
export async function cngHashKdf(hash: HashName, z: Uint8Array, prepend: Uint8Array, append: Uint8Array): Promise<Bytes> {
  return hashOf(hash, prepend, z, append);
}

/** BCRYPT_KDF_HMAC of CNG: HMAC(key, prepend || Z || append); the key is Z itself when absent (KDF_USE_SECRET_AS_HMAC_KEY_FLAG). */
export async function cngHmacKdf(hash: HashName, z: Uint8Array, prepend: Uint8Array, append: Uint8Array, key: Uint8Array = z): Promise<Bytes> {
  const message = concat(prepend, z, append);
  try {
    return await hmac(hash, key, message);
  } finally {
    wipe(message);
  }
}

/** P_hash(secret, seed) of TLS, all versions (RFC 5246, 5; RFC 2246, 5). @throws CryptoError `bad-length` */
export async function tlsExpansion(hash: HashName | HashFunction, secret: Uint8Array, seed: Uint8Array, lengthBytes: number): Promise<Bytes> {
  checkLength(lengthBytes);
  const { hashBytes } = hashFunction(hash);
  const blocks: Bytes[] = [];
  let a = concat(seed);
  for (let have = 0; have < lengthBytes; have += hashBytes) {
    const next = await hmac(hash, secret, a);
    const input = concat(next, seed);
    blocks.push(await hmac(hash, secret, input));
    wipe(a, input);
    a = next;
  }
  wipe(a);
  return cut(blocks, lengthBytes);
}

/** PRF of TLS 1.2: P_hash(secret, label || seed) (RFC 5246, 5). @throws CryptoError `bad-length` */
export async function tls12Prf(hash: HashName, secret: Uint8Array, label: Uint8Array, seed: Uint8Array, lengthBytes: number): Promise<Bytes> {
  return tlsExpansion(hash, secret, concat(label, seed), lengthBytes);
}
