import { type Bytes, concat, wipe } from '../../codec/bytes.ts';
import type { HashFunction } from '../../crypto/digest.ts';
import { tlsExpansion } from '../../crypto/kdf.ts';
import { md5, MD5_BLOCK_BYTES, MD5_BYTES } from './md5.ts';

const MD5: HashFunction = { hashBytes: MD5_BYTES, blockBytes: MD5_BLOCK_BYTES, hash: md5 };

/**
 * The pseudo-random function of TLS 1.0 and 1.1: P_MD5 of the first half XOR P_SHA1 of the second, which share the middle octet of an odd
 * secret (RFC 2246, 5). The caller wipes the result.
 */
export async function tls10Prf(secret: Uint8Array, label: Uint8Array, seed: Uint8Array, lengthBytes: number): Promise<Bytes> {
  const half = Math.ceil(secret.length / 2);
  const labelled = concat(label, seed);
  const first = await tlsExpansion(MD5, secret.subarray(0, half), labelled, lengthBytes);
  const second = await tlsExpansion('SHA-1', secret.subarray(secret.length - half), labelled, lengthBytes);
  for (let i = 0; i < first.length; i++) first[i] = (first[i] ?? 0) ^ (second[i] ?? 0);
  wipe(second);
  return first;
}
