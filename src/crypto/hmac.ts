import { type Bytes, concat, wipe } from '../codec/bytes.ts';
import { digest, type HashName } from './digest.ts';

const BLOCK_BYTES: Readonly<Record<HashName, number>> = { 'SHA-1': 64, 'SHA-256': 64, 'SHA-384': 128, 'SHA-512': 128 };

/**
 * HMAC (RFC 2104; FIPS 198-1) on WebCrypto's hashes: WebCrypto's own HMAC takes no empty key, which key derivation needs. What is made
 * of the key is wiped.
 */
export async function hmac(hash: HashName, key: Uint8Array, message: Uint8Array): Promise<Bytes> {
  const block = new Uint8Array(BLOCK_BYTES[hash]);
  const short = key.length > block.length ? await digest(hash, key) : Uint8Array.from(key);
  block.set(short);
  const inner = concat(
    block.map((octet) => octet ^ 0x36),
    message,
  );
  const innerHash = await digest(hash, inner);
  const outer = concat(
    block.map((octet) => octet ^ 0x5c),
    innerHash,
  );
  const result = await digest(hash, outer);
  wipe(block, short, inner, innerHash, outer);
  return result;
}
