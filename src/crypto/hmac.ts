import { type Bytes, concat, wipe } from '../codec/bytes.ts';
import { digest, HASH_BYTES, type HashName } from './digest.ts';

/** A hash function that HMAC can be built on, for those that are not WebCrypto's. */
export interface HashFunction {
  readonly hashBytes: number;
  readonly blockBytes: number;
  readonly hash: (message: Uint8Array) => Promise<Bytes> | Bytes;
}

/** WebCrypto's by its name, another as it is. */
export function hashFunction(hash: HashName | HashFunction): HashFunction {
  if (typeof hash !== 'string') return hash;
  const blockBytes = hash === 'SHA-1' || hash === 'SHA-256' ? 64 : 128;
  return { hashBytes: HASH_BYTES[hash], blockBytes, hash: (message) => digest(hash, message) };
}

/**
 * HMAC (RFC 2104; FIPS 198-1) on WebCrypto's hashes: WebCrypto's own HMAC takes no empty key, which key derivation needs. What is made
 * of the key is wiped.
 */
export async function hmac(by: HashName | HashFunction, key: Uint8Array, message: Uint8Array): Promise<Bytes> {
  const { blockBytes, hash } = hashFunction(by);
  const block = new Uint8Array(blockBytes);
  const short = key.length > blockBytes ? await hash(key) : Uint8Array.from(key);
  block.set(short);
  const [innerPad, outerPad] = [0x36, 0x5c].map((pad) => block.map((octet) => octet ^ pad)) as [Bytes, Bytes];
  const inner = concat(innerPad, message);
  const innerHash = await hash(inner);
  const outer = concat(outerPad, innerHash);
  const result = await hash(outer);
  wipe(block, short, innerPad, outerPad, inner, innerHash, outer);
  return result;
}
