import { createCipheriv } from 'node:crypto';
import { describe, expect, it, test } from 'vitest';
import { bytes, concat, copy } from '../../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../../src/codec/hex.ts';
import { des3Decrypt, des3Encrypt } from '../../../src/crypto/des3.ts';
// Skipped with corpora.ts' reason where neither place has the file.
import { counted, nistAbsent, nistText } from '../../vectors/crypto-corpus.ts';
import { rspVectors } from './rsp.ts';

describe('triple DES, ECB', () => {
  test.skipIf(nistAbsent('ciphers/3DES/ECB/TECBMMT3.rsp') !== undefined)('NIST TECBMMT3: every message both ways', () => {
    const vectors = rspVectors(nistText('ciphers/3DES/ECB/TECBMMT3.rsp')).filter((v) => v.section === 'ENCRYPT' || v.section === 'DECRYPT');
    expect(vectors).toHaveLength(20);
    for (const v of vectors) {
      const key = concat(v.hex('KEY1'), v.hex('KEY2'), v.hex('KEY3'));
      expect(toHex(des3Encrypt(key, v.hex('PLAINTEXT')))).toBe(v.text('CIPHERTEXT'));
      expect(toHex(des3Decrypt(key, v.hex('CIPHERTEXT')))).toBe(v.text('PLAINTEXT'));
    }
    counted('TECBMMT3', { 'both ways': vectors.length });
  });

  it('agrees with OpenSSL on two-key and three-key triple DES', () => {
    const key = fromHex('0123456789abcdeffedcba98765432100f1e2d3c4b5a6978');
    const data = bytes(Array.from({ length: 64 }, (_, i) => (i * 37) & 0xff));
    for (const [name, used] of [
      ['des-ede3-ecb', key],
      ['des-ede-ecb', key.subarray(0, 16)],
    ] as const) {
      const cipher = createCipheriv(name, used, null).setAutoPadding(false);
      const oracle = copy(Buffer.concat([cipher.update(data), cipher.final()]));
      expect(toHex(des3Encrypt(used, data))).toBe(toHex(oracle));
      expect(toHex(des3Decrypt(used, oracle))).toBe(toHex(data));
    }
  });

  it('ignores parity bits, as the card default 0102..08 needs, and leaves the key alone', () => {
    const key = fromHex('010203040506070801020304050607080102030405060708');
    const odd = key.map((octet) => octet ^ 1);
    const block = fromHex('0011223344556677');
    expect(toHex(des3Encrypt(key, block))).toBe(toHex(des3Encrypt(odd, block)));
    expect(toHex(key)).toBe('010203040506070801020304050607080102030405060708');
    expect(
      toHex(
        des3Encrypt(
          key.map((octet) => octet ^ 2),
          block,
        ),
      ),
    ).not.toBe(toHex(des3Encrypt(key, block)));
  });

  it('refuses keys and data of other sizes', () => {
    expect(() => des3Encrypt(new Uint8Array(8), new Uint8Array(8))).toThrow(expect.objectContaining({ reason: 'bad-key' }));
    expect(() => des3Decrypt(new Uint8Array(24), new Uint8Array(7))).toThrow(expect.objectContaining({ reason: 'bad-length' }));
  });
});
