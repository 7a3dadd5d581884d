import { createHash } from 'node:crypto';
import { HASH_BYTES, type HashFunction, type HashName } from '../../../src/crypto/digest.ts';

/** Hash functions that WebCrypto lacks, by the names of FIPS 180-4 and 202: OpenSSL's, as a caller would bring its own. */
export const OTHER_HASHES: Readonly<Record<string, HashFunction>> = Object.fromEntries(
  (
    [
      ['SHA-224', 'sha224', 28, 64],
      ['SHA-512/224', 'sha512-224', 28, 128],
      ['SHA-512/256', 'sha512-256', 32, 128],
      ['SHA3-256', 'sha3-256', 32, 136],
    ] as const
  ).map(([name, openssl, hashBytes, blockBytes]) => [
    name,
    { hashBytes, blockBytes, hash: (message) => Uint8Array.from(createHash(openssl).update(message).digest()) } satisfies HashFunction,
  ]),
);

/** A hash by its name, as OAEP takes it. */
export function anyHash(name: string): HashName | HashFunction {
  if (name in HASH_BYTES) return name as HashName;
  const other = OTHER_HASHES[name];
  if (other === undefined) throw new Error(`no hash ${name}`);
  return other;
}
