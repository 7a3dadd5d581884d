import { type Bytes, copy } from '../codec/bytes.ts';

/** Hash functions of FIPS 180-4 by their WebCrypto names. */
export type HashName = 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512';

/** Length of each hash value, in bytes. */
export const HASH_BYTES: Readonly<Record<HashName, number>> = { 'SHA-1': 20, 'SHA-256': 32, 'SHA-384': 48, 'SHA-512': 64 };

/** The hash value of `message`, by WebCrypto. */
export async function digest(hash: HashName, message: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest(hash, copy(message)));
}

/** A hash function that is not WebCrypto's: MD5 in old protocols, SHA-224, SHA-512/256 or SHA-3 of a caller's library. */
export interface HashFunction {
  readonly hashBytes: number;
  /** Octets that one step of the function takes: HMAC needs them. */
  readonly blockBytes: number;
  readonly hash: (message: Uint8Array) => Promise<Bytes> | Bytes;
}

/** WebCrypto's by its name, another as it is. */
export function hashFunction(hash: HashName | HashFunction): HashFunction {
  if (typeof hash !== 'string') return hash;
  const blockBytes = hash === 'SHA-1' || hash === 'SHA-256' ? 64 : 128;
  return { hashBytes: HASH_BYTES[hash], blockBytes, hash: (message) => digest(hash, message) };
}
