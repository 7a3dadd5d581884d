import { type Bytes, wipe } from '../codec/bytes.ts';
import { loadScalar, putField, type ScalarExports, takeField } from './bignum/module.ts';
import { type HashFunction, hashFunction, type HashName } from './digest.ts';
import { CryptoError } from './errors.ts';
import { hmac } from './hmac.ts';
import { mgf1 } from './mgf1.ts';

/*
 * Removal of RSA encryption padding from the raw result of a private operation, in constant time inside the core (bignum/assembly/
 * unpad.ts): which octet was wrong, where the message starts and how long it is show neither in run time nor in addresses. There is one
 * error for all failures (Bleichenbacher, Manger); only whether it is thrown tells, and with implicit rejection not even that. Hashes
 * are WebCrypto's, or the caller's. Where WebAssembly is forbidden nothing is unpadded: there is no constant time without it.
 */

const MAX_BLOCK_BYTES = 512;
/** Candidates for the length of a message that stands in, two octets each. */
const CANDIDATE_BYTES = 256;

function refuse(): CryptoError {
  return new CryptoError('bad-padding', 'the decrypted block is not correctly padded');
}

let shared: Promise<ScalarExports> | undefined;

/** One instance serves all: each use is one synchronous stretch that leaves nothing behind. */
async function core(): Promise<ScalarExports> {
  shared ??= loadScalar().then((module) => module.instantiate());
  try {
    return await shared;
  } catch (error) {
    shared = undefined;
    throw error;
  }
}

/** The message at the front of the output, `length` octets; the padding error when `length` is -1. All fields are overwritten. */
function release(unpadder: ScalarExports, length: number): Bytes {
  const empty = new Uint8Array(0);
  try {
    if (length < 0) throw refuse();
    return takeField(unpadder, 'output', MAX_BLOCK_BYTES).slice(0, length);
  } finally {
    putField(unpadder, 'input', empty);
    putField(unpadder, 'output', empty);
    putField(unpadder, 'mask', empty);
    putField(unpadder, 'aux', empty);
  }
}

/** What makes the message that stands in for a badly padded one: the same for the same ciphertext, unpredictable without the secret. */
export interface ImplicitRejection {
  /** 32 octets that stay the same as long as the key: SHA-256 of the private exponent in modulus length (as OpenSSL), or random ones kept for a card's key. */
  readonly secret: Uint8Array;
  /** In modulus length. */
  readonly ciphertext: Uint8Array;
}

export interface Pkcs1UnpadOptions {
  /** Instead of an error a badly padded block gives a random-looking message (draft-irtf-cfrg-rsa-guidance, 7). */
  readonly implicitRejection?: ImplicitRejection;
}

/** IRPRF of draft-irtf-cfrg-rsa-guidance, 7.1. */
async function pseudoRandom(key: Uint8Array, label: string, lengthBytes: number): Promise<Bytes> {
  const out = new Uint8Array(lengthBytes);
  const name = new TextEncoder().encode(label);
  const bits = lengthBytes * 8;
  for (let at = 0, i = 0; at < lengthBytes; at += 32, i++) {
    const part = await hmac('SHA-256', key, Uint8Array.of(i >> 8, i, ...name, bits >> 8, bits));
    out.set(part.subarray(0, lengthBytes - at), at);
    wipe(part);
  }
  return out;
}

/**
 * The message in a PKCS#1 v1.5 encryption block 00 02 PS 00 M with at least eight octets of PS (RFC 8017, 7.2.2, step 3). The block is wiped.
 * @throws CryptoError `bad-padding`, `bad-length` for a block that no key has, `wasm-forbidden`
 */
export async function pkcs1Unpad(block: Uint8Array, options: Pkcs1UnpadOptions = {}): Promise<Bytes> {
  try {
    if (block.length < 11) throw refuse();
    if (block.length > MAX_BLOCK_BYTES) throw new CryptoError('bad-length', `a block of ${block.length} bytes`);
    const implicit = options.implicitRejection;
    let message: Bytes | undefined;
    let lengths: Bytes | undefined;
    if (implicit !== undefined) {
      const key = await hmac('SHA-256', implicit.secret, implicit.ciphertext);
      message = await pseudoRandom(key, 'message', block.length);
      lengths = await pseudoRandom(key, 'length', CANDIDATE_BYTES);
      wipe(key);
    }
    const unpadder = await core();
    putField(unpadder, 'input', block);
    if (message !== undefined && lengths !== undefined) {
      putField(unpadder, 'mask', message);
      putField(unpadder, 'aux', lengths);
      wipe(message, lengths);
    }
    return release(unpadder, unpadder.unpadPkcs1(block.length, implicit === undefined ? 0 : 1));
  } finally {
    wipe(block);
  }
}

export interface OaepOptions {
  /** One of WebCrypto's by its name, or any other as a function. */
  readonly hash: HashName | HashFunction;
  /** Hash of MGF1; the same as `hash` when absent. */
  readonly mgfHash?: HashName | HashFunction;
  readonly label?: Uint8Array;
}

/**
 * The message in an EME-OAEP block (RFC 8017, 7.1.2, step 3). The block is wiped.
 * @throws CryptoError `bad-padding`, `bad-length` for a block that no key has, `wasm-forbidden`
 */
export async function oaepUnpad(block: Uint8Array, options: OaepOptions): Promise<Bytes> {
  const { hashBytes, hash } = hashFunction(options.hash);
  const mgfHash = options.mgfHash ?? options.hash;
  const secrets: Bytes[] = [];
  try {
    if (block.length < 2 * hashBytes + 2) throw refuse();
    if (block.length > MAX_BLOCK_BYTES) throw new CryptoError('bad-length', `a block of ${block.length} bytes`);
    const labelHash = await hash(options.label ?? new Uint8Array(0));
    const maskedDb = block.subarray(1 + hashBytes);
    const seed = await mgf1(mgfHash, maskedDb, hashBytes);
    for (let i = 0; i < hashBytes; i++) seed[i] = (seed[i] ?? 0) ^ (block[1 + i] ?? 0);
    const dbMask = await mgf1(mgfHash, seed, maskedDb.length);
    secrets.push(seed, dbMask);
    const unpadder = await core();
    putField(unpadder, 'input', block);
    putField(unpadder, 'mask', dbMask);
    // The label's hash stands at the front of its field.
    const front = new Uint8Array(CANDIDATE_BYTES);
    front.set(labelHash);
    putField(unpadder, 'aux', front);
    return release(unpadder, unpadder.unpadOaep(block.length, hashBytes));
  } finally {
    wipe(block, ...secrets);
  }
}
