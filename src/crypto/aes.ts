import { ecb } from '@noble/ciphers/aes.js';
import { type Bytes, copy } from '../codec/bytes.ts';
import { CryptoError } from './errors.ts';

/*
 * AES in ECB mode (FIPS 197; SP 800-38A, 6.1) for challenges and as the block of CMAC and key derivation. WebCrypto has no ECB, and
 * Chromium's has no AES-192.
 */

function check(key: Uint8Array, blocks: Uint8Array): void {
  if (key.length !== 16 && key.length !== 24 && key.length !== 32)
    throw new CryptoError('bad-key', `an AES key has 16, 24 or 32 bytes, not ${key.length}`);
  if (blocks.length % 16 !== 0) throw new CryptoError('bad-length', `${blocks.length} bytes are not whole blocks of 16`);
}

/** Enciphers whole 16-byte blocks, each by itself. @throws CryptoError `bad-key`, `bad-length` */
export function aesEcbEncrypt(key: Uint8Array, blocks: Uint8Array): Bytes {
  check(key, blocks);
  return copy(ecb(key, { disablePadding: true }).encrypt(blocks));
}

/** Deciphers whole 16-byte blocks, each by itself. @throws CryptoError `bad-key`, `bad-length` */
export function aesEcbDecrypt(key: Uint8Array, blocks: Uint8Array): Bytes {
  check(key, blocks);
  return copy(ecb(key, { disablePadding: true }).decrypt(blocks));
}
