import { type Bytes, concat, wipe } from '../codec/bytes.ts';
import { aesEcbEncrypt } from './aes.ts';

/** Doubling in GF(2^128) (SP 800-38B, 5.3 and 6.1). */
function double(block: Uint8Array): Bytes {
  const out = new Uint8Array(16);
  for (let i = 0; i < 16; i++) out[i] = ((block[i] ?? 0) << 1) | ((block[i + 1] ?? 0) >> 7);
  out[15] = (out[15] ?? 0) ^ (((block[0] ?? 0) >> 7) * 0x87);
  return out;
}

/** AES-CMAC of `message`, 16 bytes (SP 800-38B, 6.2; RFC 4493). @throws CryptoError `bad-key` */
export function aesCmac(key: Uint8Array, message: Uint8Array): Bytes {
  const l = aesEcbEncrypt(key, new Uint8Array(16));
  const k1 = double(l);
  const k2 = double(k1);
  const whole = message.length > 0 && message.length % 16 === 0;
  const padded = whole ? concat(message) : concat(message, Uint8Array.of(0x80), new Uint8Array((31 - (message.length % 16)) % 16));
  const last = padded.subarray(padded.length - 16);
  const mask = whole ? k1 : k2;
  for (let i = 0; i < 16; i++) last[i] = (last[i] ?? 0) ^ (mask[i] ?? 0);
  let state = new Uint8Array(16);
  for (let at = 0; at < padded.length; at += 16) {
    for (let i = 0; i < 16; i++) state[i] = (state[i] ?? 0) ^ (padded[at + i] ?? 0);
    state = aesEcbEncrypt(key, state);
  }
  wipe(l, k1, k2, padded);
  return state;
}
