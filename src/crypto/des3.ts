import type { Bytes } from '../codec/bytes.ts';
import { wipe } from '../codec/bytes.ts';
import { CryptoError } from './errors.ts';

/*
 * Triple DES in ECB mode (FIPS 46-3; SP 800-67 revision 2, 3), for the management keys of older PIV cards and nothing else:
 * challenges of one block. Written for clarity over bits; table look-ups depend on the key, so it is not constant time.
 */

/** Bit numbers count from 1 at the most significant bit, as in FIPS 46-3. */
const IP = [
  58, 50, 42, 34, 26, 18, 10, 2, 60, 52, 44, 36, 28, 20, 12, 4, 62, 54, 46, 38, 30, 22, 14, 6, 64, 56, 48, 40, 32, 24, 16, 8, 57, 49, 41, 33, 25, 17,
  9, 1, 59, 51, 43, 35, 27, 19, 11, 3, 61, 53, 45, 37, 29, 21, 13, 5, 63, 55, 47, 39, 31, 23, 15, 7,
];
const P = [16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25];
const PC1 = [
  57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44, 36, 63, 55, 47, 39, 31, 23, 15, 7, 62, 54,
  46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20, 12, 4,
];
const PC2 = [
  14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2, 41, 52, 31, 37, 47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39,
  56, 34, 53, 46, 42, 50, 36, 29, 32,
];
const SHIFTS = [1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1];
/** S1..S8, four rows of sixteen each, one hexadecimal digit an entry. */
const S = [
  'e4d12fb83a6c59070f74e2d1a6cb953841e8d62bfc973a50fc8249175b3ea06d',
  'f18e6b34972dc05a3d47f28ec01a69b50e7ba4d158c6932fd8a13f42b67c05e9',
  'a09e63f51dc7b428d709346a285ecbf1d6498f30b12c5ae71ad069874fe3b52c',
  '7de3069a1285bc4fd8b56f03472c1ae9a690cb7df13e52843f06a1d8945bc72e',
  '2c417ab6853fd0e9eb2c47d150fa3986421bad78f9c5630eb8c71e2d6f09a453',
  'c1af92680d34e75baf427c9561de0b389ef528c3704a1db6432c95fabe17608d',
  '4b2ef08d3c975a61d0b7491ae35c2f8614bdc37eaf6805926bd814a7950fe23c',
  'd2846fb1a93e50c71fd8a374c56b0e927b419ce206adf35821e74a8dfc90356b',
];

/** The bits of `source` at the places of `table`. */
function permute(source: Uint8Array, table: readonly number[]): Bytes {
  const out = new Uint8Array(table.length);
  for (let i = 0; i < table.length; i++) out[i] = source[(table[i] ?? 0) - 1] ?? 0;
  return out;
}

function toBits(octets: Uint8Array): Bytes {
  const out = new Uint8Array(octets.length * 8);
  for (let i = 0; i < out.length; i++) out[i] = ((octets[i >> 3] ?? 0) >> (7 - (i & 7))) & 1;
  return out;
}

/** Sixteen round keys of 48 bits (FIPS 46-3, appendix 1). Parity bits are ignored, as cards do. */
function schedule(key: Uint8Array): Bytes[] {
  const keyBits = toBits(key);
  const cd = permute(keyBits, PC1);
  const rounds: Bytes[] = [];
  for (const shift of SHIFTS) {
    for (let s = 0; s < shift; s++) {
      const c = cd[0] ?? 0;
      const d = cd[28] ?? 0;
      cd.copyWithin(0, 1, 28);
      cd.copyWithin(28, 29, 56);
      cd[27] = c;
      cd[55] = d;
    }
    rounds.push(permute(cd, PC2));
  }
  wipe(keyBits, cd);
  return rounds;
}

/** f(R, K): expansion E, the eight S-boxes, permutation P. */
function f(right: Uint8Array, roundKey: Uint8Array): Bytes {
  const out = new Uint8Array(32);
  for (let box = 0; box < 8; box++) {
    let six = 0;
    for (let i = 0; i < 6; i++) six = (six << 1) | ((right[(4 * box + i + 31) % 32] ?? 0) ^ (roundKey[6 * box + i] ?? 0));
    const row = ((six >> 4) & 2) | (six & 1);
    const value = Number.parseInt(S[box]?.[16 * row + ((six >> 1) & 15)] ?? '0', 16);
    for (let i = 0; i < 4; i++) out[4 * box + i] = (value >> (3 - i)) & 1;
  }
  return permute(out, P);
}

/** One DES pass over 64 bits; decryption is the same with the round keys in reverse order. */
function des(block: Bytes, rounds: readonly Bytes[]): Bytes {
  const lr = permute(block, IP);
  let left = lr.slice(0, 32);
  let right = lr.slice(32);
  for (const key of rounds) {
    const mixed = f(right, key);
    for (let i = 0; i < 32; i++) mixed[i] = (mixed[i] ?? 0) ^ (left[i] ?? 0);
    left = right;
    right = mixed;
  }
  const out = new Uint8Array(64);
  IP.forEach((place, i) => {
    out[place - 1] = (i < 32 ? right[i] : left[i - 32]) ?? 0;
  });
  return out;
}

function ecb(key: Uint8Array, data: Uint8Array, encrypting: boolean): Bytes {
  if (key.length !== 24 && key.length !== 16) throw new CryptoError('bad-key', `a triple DES key has 16 or 24 bytes, not ${key.length}`);
  if (data.length % 8 !== 0) throw new CryptoError('bad-length', `${data.length} bytes are not whole blocks of 8`);
  const k1 = schedule(key.subarray(0, 8));
  const k2 = schedule(key.subarray(8, 16));
  const k3 = key.length === 24 ? schedule(key.subarray(16, 24)) : k1;
  const back = (rounds: readonly Bytes[]): Bytes[] => [...rounds].reverse();
  const passes = encrypting ? [k1, back(k2), k3] : [back(k3), k2, back(k1)];
  const out = new Uint8Array(data.length);
  try {
    for (let at = 0; at < data.length; at += 8) {
      let bits = toBits(data.subarray(at, at + 8));
      for (const pass of passes) bits = des(bits, pass);
      bits.forEach((bit, i) => {
        out[at + (i >> 3)] = ((out[at + (i >> 3)] ?? 0) << 1) | bit;
      });
    }
    return out;
  } finally {
    wipe(...k1, ...k2, ...k3);
  }
}

/**
 * Enciphers whole 8-byte blocks under a key of 24 bytes (three keys) or 16 bytes (two keys, K3 = K1).
 * @throws CryptoError `bad-key`, `bad-length`
 */
export function des3Encrypt(key: Uint8Array, blocks: Uint8Array): Bytes {
  return ecb(key, blocks, true);
}

/** Deciphers whole 8-byte blocks; see {@link des3Encrypt}. @throws CryptoError `bad-key`, `bad-length` */
export function des3Decrypt(key: Uint8Array, blocks: Uint8Array): Bytes {
  return ecb(key, blocks, false);
}
