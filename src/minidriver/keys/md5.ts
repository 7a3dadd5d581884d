import { type Bytes, bytes, wipe } from '../../codec/bytes.ts';

/*
 * MD5 (RFC 1321). It stands here for one thing only: the pseudo-random function of TLS 1.0 and 1.1 (RFC 2246, 5), which CardDeriveKey has to
 * know. WebCrypto has no MD5.
 */

export const MD5_BYTES = 16;
export const MD5_BLOCK_BYTES = 64;

const SHIFTS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21] as const;

/** T[i] = floor(2^32 * abs(sin(i))), i in radians (RFC 1321, 3.4). */
const SINES: readonly number[] = Array.from({ length: 64 }, (_, i) => Math.floor(2 ** 32 * Math.abs(Math.sin(i + 1))) >>> 0);

/** F, G, H, I and the index of the word, by round (RFC 1321, 3.4). */
function mixed(i: number, b: number, c: number, d: number): { readonly f: number; readonly word: number } {
  if (i < 16) return { f: (b & c) | (~b & d), word: i };
  if (i < 32) return { f: (d & b) | (~d & c), word: (5 * i + 1) & 15 };
  if (i < 48) return { f: b ^ c ^ d, word: (3 * i + 5) & 15 };
  return { f: c ^ (b | ~d), word: (7 * i) & 15 };
}

/** The hash of a message; the working copy is wiped. */
export function md5(message: Uint8Array): Bytes {
  const padded = bytes((Math.floor((message.length + 8) / MD5_BLOCK_BYTES) + 1) * MD5_BLOCK_BYTES);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, (message.length << 3) >>> 0, true);
  view.setUint32(padded.length - 4, Math.floor(message.length / 2 ** 29), true);
  const state = Uint32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476);
  for (let at = 0; at < padded.length; at += MD5_BLOCK_BYTES) {
    let [a, b, c, d] = state as unknown as [number, number, number, number];
    for (let i = 0; i < 64; i++) {
      const { f, word } = mixed(i, b, c, d);
      const sum = (a + f + (SINES[i] ?? 0) + view.getUint32(at + 4 * word, true)) | 0;
      const shift = SHIFTS[((i >>> 4) << 2) | (i & 3)] ?? 0;
      [a, d, c, b] = [d, c, b, (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0];
    }
    state.set([a, b, c, d].map((word, i) => word + (state[i] ?? 0)));
  }
  wipe(padded);
  const out = bytes(MD5_BYTES);
  const words = new DataView(out.buffer);
  state.forEach((word, i) => words.setUint32(4 * i, word, true));
  return out;
}
