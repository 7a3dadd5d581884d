import { type Bytes, wipe } from '../codec/bytes.ts';
import { digest, HASH_BYTES, type HashName } from './digest.ts';
import { CryptoError } from './errors.ts';
import { mgf1 } from './mgf1.ts';

/*
 * Removal of RSA encryption padding from the raw result of a card's private operation. Every octet is looked at whatever the
 * earlier ones were, the verdict is gathered in masks, and there is one error for all failures (Bleichenbacher, Manger). JavaScript
 * gives no promise about the machine code, hence "style": see SECURITY.md.
 */

/** All ones when x is zero, else zero; x is a 32-bit number. */
function isZero(x: number): number {
  return ~((x | -x) >> 31);
}

function refuse(): CryptoError {
  return new CryptoError('bad-padding', 'the decrypted block is not correctly padded');
}

/** Position after the first octet equal to `mark` at or after `from`, with a mask that tells whether it exists and only `filler` stands before it. */
function afterMark(block: Uint8Array, from: number, mark: number, filler: number | undefined): { at: number; found: number; clean: number } {
  let at = 0;
  let found = 0;
  let clean = -1;
  for (let i = from; i < block.length; i++) {
    const octet = block[i] ?? 0;
    const here = isZero(octet ^ mark) & ~found;
    at |= here & (i + 1);
    found |= here;
    if (filler !== undefined) clean &= found | isZero(octet ^ filler);
  }
  return { at, found, clean };
}

/**
 * The message in a PKCS#1 v1.5 encryption block 00 02 PS 00 M with at least eight octets of PS (RFC 8017, 7.2.2, step 3). The block is wiped.
 * @throws CryptoError `bad-padding`
 */
export function pkcs1Unpad(block: Uint8Array): Bytes {
  const { at, found } = afterMark(block, 2, 0, undefined);
  const long = ~((at - 11) >> 31);
  const good = isZero(block[0] ?? 1) & isZero((block[1] ?? 0) ^ 2) & found & long;
  // With a bad block the copy below still runs, on the whole block, and is wiped.
  const message = Uint8Array.from(block.subarray(at & good));
  wipe(block);
  if (good !== 0) return message;
  wipe(message);
  throw refuse();
}

export interface OaepOptions {
  readonly hash: HashName;
  /** Hash of MGF1; the same as `hash` when absent. */
  readonly mgfHash?: HashName;
  readonly label?: Uint8Array;
}

/** The message in an EME-OAEP block (RFC 8017, 7.1.2, step 3). The block is wiped. @throws CryptoError `bad-padding` */
export async function oaepUnpad(block: Uint8Array, options: OaepOptions): Promise<Bytes> {
  const hashBytes = HASH_BYTES[options.hash];
  const mgfHash = options.mgfHash ?? options.hash;
  if (block.length < 2 * hashBytes + 2) throw refuse();
  const labelHash = await digest(options.hash, options.label ?? new Uint8Array(0));
  const seed = Uint8Array.from(block.subarray(1, 1 + hashBytes));
  const db = Uint8Array.from(block.subarray(1 + hashBytes));
  const seedMask = await mgf1(mgfHash, db, hashBytes);
  for (let i = 0; i < seed.length; i++) seed[i] = (seed[i] ?? 0) ^ (seedMask[i] ?? 0);
  const dbMask = await mgf1(mgfHash, seed, db.length);
  for (let i = 0; i < db.length; i++) db[i] = (db[i] ?? 0) ^ (dbMask[i] ?? 0);
  let difference = 0;
  for (let i = 0; i < hashBytes; i++) difference |= (db[i] ?? 0) ^ (labelHash[i] ?? 0);
  const { at, found, clean } = afterMark(db, hashBytes, 1, 0);
  const good = isZero(block[0] ?? 1) & isZero(difference) & found & clean;
  const message = Uint8Array.from(db.subarray(at & good));
  wipe(block, seed, db, seedMask, dbMask);
  if (good !== 0) return message;
  wipe(message);
  throw refuse();
}
