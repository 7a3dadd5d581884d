import { type Bytes, concat, wipe } from '../codec/bytes.ts';
import { type HashFunction, hashFunction, type HashName } from './digest.ts';

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
