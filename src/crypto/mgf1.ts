import { type Bytes, concat } from '../codec/bytes.ts';
import { type HashFunction, hashFunction, type HashName } from './digest.ts';

/** MGF1 (RFC 8017, B.2.1): a mask of `lengthBytes` from `seed`. */
export async function mgf1(by: HashName | HashFunction, seed: Uint8Array, lengthBytes: number): Promise<Bytes> {
  const { hash } = hashFunction(by);
  const parts: Bytes[] = [];
  for (let counter = 0, have = 0; have < lengthBytes; counter++) {
    const part = await hash(concat(seed, Uint8Array.of(counter >>> 24, counter >>> 16, counter >>> 8, counter)));
    parts.push(part);
    have += part.length;
  }
  return concat(...parts).slice(0, lengthBytes);
}
