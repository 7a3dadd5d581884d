import { type Bytes, concat, wipe } from '../codec/bytes.ts';
import { fromHex } from '../codec/hex.ts';
import { type RandomSource, systemRandom } from '../codec/random.ts';
import { digest, HASH_BYTES, type HashName } from './digest.ts';
import { CryptoError } from './errors.ts';
import { mgf1 } from './mgf1.ts';

/*
 * Signature paddings of RFC 8017 into blocks of modulus size, for a raw private operation (PIV cards have no other).
 * Hashes here are of public messages; only the PSS salt is random.
 */

/** DER of DigestInfo up to the hash value (RFC 8017, 9.2, note 1). */
const DIGEST_INFO: Readonly<Record<HashName, string>> = {
  'SHA-1': '3021300906052b0e03021a05000414',
  'SHA-256': '3031300d060960864801650304020105000420',
  'SHA-384': '3041300d060960864801650304020205000430',
  'SHA-512': '3051300d060960864801650304020305000440',
};

function checkDigest(hash: HashName, value: Uint8Array): void {
  if (value.length !== HASH_BYTES[hash]) throw new CryptoError('bad-length', `a ${hash} value has ${HASH_BYTES[hash]} bytes, not ${value.length}`);
}

/** DER DigestInfo of a hash value. @throws CryptoError `bad-length` */
export function digestInfo(hash: HashName, value: Uint8Array): Bytes {
  checkDigest(hash, value);
  return concat(fromHex(DIGEST_INFO[hash]), value);
}

/**
 * EMSA-PKCS1-v1_5 (RFC 8017, 9.2): 00 01 FF.. 00 content. `content` is a DigestInfo, or a bare value where a protocol leaves
 * DigestInfo out (TLS 1.0's MD5 and SHA-1, CALG_SSL3_SHAMD5).
 * @throws CryptoError `too-long` when fewer than eight octets of padding would be left.
 */
export function pkcs1Pad(content: Uint8Array, modulusBytes: number): Bytes {
  if (content.length > modulusBytes - 11) throw new CryptoError('too-long', `${content.length} bytes do not fit a block of ${modulusBytes}`);
  const block = new Uint8Array(modulusBytes).fill(0xff);
  block[0] = 0;
  block[1] = 1;
  block[modulusBytes - content.length - 1] = 0;
  block.set(content, modulusBytes - content.length);
  return block;
}

/** Number of significant bits of a big-endian number. */
export function bitLength(number: Uint8Array): number {
  const first = number.findIndex((octet) => octet !== 0);
  return first < 0 ? 0 : (number.length - first) * 8 - (Math.clz32(number[first] ?? 0) - 24);
}

export interface PssOptions {
  readonly hash: HashName;
  /** Hash of MGF1; the same as `hash` when absent. */
  readonly mgfHash?: HashName;
  /** Length of the salt; the hash length when absent. */
  readonly saltBytes?: number;
  readonly modulusBits: number;
  readonly random?: RandomSource;
}

/**
 * EMSA-PSS (RFC 8017, 9.1.1) with MGF1, as a block of modulus size (a zero octet in front where emLen is one less).
 * @throws CryptoError `bad-length`, `too-long`
 */
export async function pssPad(value: Uint8Array, options: PssOptions): Promise<Bytes> {
  const { hash, modulusBits } = options;
  checkDigest(hash, value);
  const saltBytes = options.saltBytes ?? HASH_BYTES[hash];
  const emBits = modulusBits - 1;
  const emBytes = Math.ceil(emBits / 8);
  const dbBytes = emBytes - HASH_BYTES[hash] - 1;
  if (saltBytes < 0 || dbBytes - saltBytes - 1 < 0)
    throw new CryptoError('too-long', `a salt of ${saltBytes} bytes does not fit ${modulusBits} bits`);
  const salt = (options.random ?? systemRandom)(saltBytes);
  const h = await digest(hash, concat(new Uint8Array(8), value, salt));
  const db = concat(new Uint8Array(dbBytes - saltBytes - 1), Uint8Array.of(1), salt);
  const mask = await mgf1(options.mgfHash ?? hash, h, dbBytes);
  for (let i = 0; i < dbBytes; i++) db[i] = (db[i] ?? 0) ^ (mask[i] ?? 0);
  db[0] = (db[0] ?? 0) & (0xff >>> (8 * emBytes - emBits));
  wipe(salt);
  return concat(new Uint8Array(Math.ceil(modulusBits / 8) - emBytes), db, h, Uint8Array.of(0xbc));
}
