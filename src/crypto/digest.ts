import { type Bytes, copy } from '../codec/bytes.ts';

/** Hash functions of FIPS 180-4 by their WebCrypto names. */
export type HashName = 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512';

/** Length of each hash value, in bytes. */
export const HASH_BYTES: Readonly<Record<HashName, number>> = { 'SHA-1': 20, 'SHA-256': 32, 'SHA-384': 48, 'SHA-512': 64 };

/** The hash value of `message`, by WebCrypto. */
export async function digest(hash: HashName, message: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest(hash, copy(message)));
}
