import { type Bytes, concat, wipe } from '../codec/bytes.ts';
import { type RandomSource, systemRandom } from '../codec/random.ts';
import { loadBignum } from './bignum/module.ts';
import { RsaPublicKey } from './bignum/rsa.ts';
import { hashFunction } from './digest.ts';
import { CryptoError } from './errors.ts';
import { mgf1 } from './mgf1.ts';
import { checkPublicKey, type PublicKey } from './public-key.ts';
import type { OaepOptions } from './unpad.ts';

/*
 * RSA encryption for a card's key. WebCrypto has no PKCS#1 v1.5 encryption and ties OAEP's two hashes together. The message is secret,
 * so the public operation runs in the core too, not on BigInt.
 */

export interface RandomOption {
  readonly random?: RandomSource;
}

/** EME-PKCS1-v1_5 (RFC 8017, 7.2.1, step 2): 00 02 PS 00 M, PS of random octets that are not zero. The caller wipes it. @throws CryptoError `too-long` */
export function pkcs1EncryptPad(message: Uint8Array, modulusBytes: number, options: RandomOption = {}): Bytes {
  if (message.length > modulusBytes - 11) throw new CryptoError('too-long', `${message.length} bytes do not fit a block of ${modulusBytes}`);
  const random = options.random ?? systemRandom;
  const block = new Uint8Array(modulusBytes);
  block[1] = 2;
  const end = modulusBytes - message.length - 1;
  for (let at = 2; at < end;) for (const octet of random(end - at)) if (octet !== 0) block[at++] = octet;
  block.set(message, end + 1);
  return block;
}

/** EME-OAEP (RFC 8017, 7.1.1, step 2) with any hash, hash of MGF1 and label. The caller wipes it. @throws CryptoError `too-long` */
export async function oaepPad(message: Uint8Array, modulusBytes: number, options: OaepOptions & RandomOption): Promise<Bytes> {
  const { hashBytes, hash } = hashFunction(options.hash);
  const mgfHash = options.mgfHash ?? options.hash;
  const room = modulusBytes - 2 * hashBytes - 2;
  if (message.length > room) throw new CryptoError('too-long', `${message.length} bytes do not fit a block of ${modulusBytes}`);
  const labelHash = await hash(options.label ?? new Uint8Array(0));
  const db = concat(labelHash, new Uint8Array(room - message.length), Uint8Array.of(1), message);
  const seed = (options.random ?? systemRandom)(hashBytes);
  const dbMask = await mgf1(mgfHash, seed, db.length);
  for (let i = 0; i < db.length; i++) db[i] = (db[i] ?? 0) ^ (dbMask[i] ?? 0);
  const seedMask = await mgf1(mgfHash, db, hashBytes);
  for (let i = 0; i < hashBytes; i++) seed[i] = (seed[i] ?? 0) ^ (seedMask[i] ?? 0);
  const block = concat(new Uint8Array(1), seed, db);
  wipe(db, seed, dbMask, seedMask);
  return block;
}

type RsaKey = Extract<PublicKey, { readonly kind: 'rsa' }>;

/** The block to the power of e, in the core; the block is wiped. */
async function raise(key: RsaKey, block: Bytes): Promise<Bytes> {
  try {
    const loaded = new RsaPublicKey(await loadBignum(), { n: key.modulus, e: key.publicExponent });
    try {
      return loaded.publicOp(block);
    } finally {
      loaded.wipe();
    }
  } finally {
    wipe(block);
  }
}

function modulusBytesOf(key: RsaKey): number {
  checkPublicKey(key);
  return key.modulus.length - key.modulus.findIndex((octet) => octet !== 0);
}

/** RSAES-PKCS1-v1_5 (RFC 8017, 7.2.1). @throws CryptoError `too-long`, `bad-key`, `wasm-forbidden` */
export async function rsaPkcs1Encrypt(key: RsaKey, message: Uint8Array, options: RandomOption = {}): Promise<Bytes> {
  return raise(key, pkcs1EncryptPad(message, modulusBytesOf(key), options));
}

/** RSAES-OAEP (RFC 8017, 7.1.1). @throws CryptoError `too-long`, `bad-key`, `wasm-forbidden` */
export async function rsaOaepEncrypt(key: RsaKey, message: Uint8Array, options: OaepOptions & RandomOption): Promise<Bytes> {
  return raise(key, await oaepPad(message, modulusBytesOf(key), options));
}
