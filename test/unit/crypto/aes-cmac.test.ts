import { describe, expect, it, test } from 'vitest';
import { fromHex, toHex } from '../../../src/codec/hex.ts';
import { aesEcbDecrypt, aesEcbEncrypt } from '../../../src/crypto/aes.ts';
import { aesCmac } from '../../../src/crypto/cmac.ts';
import { corporaAbsent } from '../../corpora.ts';
import { counted, nistAbsent, nistText } from '../../vectors/crypto-corpus.ts';
import { rspVectors } from './rsp.ts';
import { text, wycheproof } from './wycheproof.ts';

describe('AES', () => {
  test.skipIf(nistAbsent('ciphers/AES/ECB/ECBMMT128.rsp') !== undefined)('NIST ECBMMT 128 and 192 both ways', () => {
    for (const size of [128, 192]) {
      const vectors = rspVectors(nistText(`ciphers/AES/ECB/ECBMMT${size}.rsp`)).filter((v) => v.section === 'ENCRYPT' || v.section === 'DECRYPT');
      expect(vectors).toHaveLength(20);
      counted(`ECBMMT${size}`, { 'both ways': vectors.length });
      for (const v of vectors) {
        expect(toHex(aesEcbEncrypt(v.hex('KEY'), v.hex('PLAINTEXT')))).toBe(v.text('CIPHERTEXT'));
        expect(toHex(aesEcbDecrypt(v.hex('KEY'), v.hex('CIPHERTEXT')))).toBe(v.text('PLAINTEXT'));
      }
    }
  });

  it('FIPS 197 appendix C.3, AES-256', () => {
    const key = fromHex('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');
    const cipher = aesEcbEncrypt(key, fromHex('00112233445566778899aabbccddeeff'));
    expect(toHex(cipher)).toBe('8ea2b7ca516745bfeafc49904b496089');
    expect(toHex(aesEcbDecrypt(key, cipher))).toBe('00112233445566778899aabbccddeeff');
  });

  it('refuses other key and data sizes', () => {
    expect(() => aesEcbEncrypt(new Uint8Array(17), new Uint8Array(16))).toThrow(expect.objectContaining({ reason: 'bad-key' }));
    expect(() => aesEcbDecrypt(new Uint8Array(16), new Uint8Array(15))).toThrow(expect.objectContaining({ reason: 'bad-length' }));
  });
});

describe('AES-CMAC', () => {
  test.skipIf(corporaAbsent !== undefined)('Wycheproof, full tags; a tag that is not the right one is told apart', () => {
    let valid = 0;
    let invalid = 0;
    for (const group of wycheproof('aes_cmac_test.json')) {
      for (const v of group.tests) {
        const key = fromHex(text(v, 'key'));
        if (![16, 24, 32].includes(key.length)) {
          expect(() => aesCmac(key, fromHex(text(v, 'msg')))).toThrow(expect.objectContaining({ reason: 'bad-key' }));
          continue;
        }
        const tag = toHex(aesCmac(key, fromHex(text(v, 'msg'))).subarray(0, (group['tagSize'] as number) / 8));
        expect(tag === text(v, 'tag'), `test ${v.tcId}`).toBe(v.result === 'valid');
        if (v.result === 'valid') valid++;
        else invalid++;
      }
    }
    counted('aes_cmac', { 'valid accepted': valid, 'invalid refused': invalid });
    expect(valid).toBeGreaterThan(30);
    expect(invalid).toBeGreaterThan(30);
  });

  test.skipIf(nistAbsent('CMAC/nist-800-38b-aes192.txt') !== undefined)('SP 800-38B, AES-192', () => {
    const vectors = rspVectors(nistText('CMAC/nist-800-38b-aes192.txt'));
    expect(vectors.length).toBeGreaterThanOrEqual(4);
    for (const v of vectors) expect(toHex(aesCmac(v.hex('KEY'), v.hex('MESSAGE')))).toBe(v.text('OUTPUT'));
    counted('nist-800-38b-aes192', { done: vectors.length });
  });

  it('RFC 4493 section 4: empty, one block, two and a half blocks', () => {
    const key = fromHex('2b7e151628aed2a6abf7158809cf4f3c');
    const m = fromHex('6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411');
    expect(toHex(aesCmac(key, m.subarray(0, 0)))).toBe('bb1d6929e95937287fa37d129b756746');
    expect(toHex(aesCmac(key, m.subarray(0, 16)))).toBe('070a16b46b4d4144f79bdd9dd04a287c');
    expect(toHex(aesCmac(key, m))).toBe('dfa66747de9ae63030ca32611497c827');
  });
});
