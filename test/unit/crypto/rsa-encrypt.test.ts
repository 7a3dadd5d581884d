import { constants, generateKeyPairSync, privateDecrypt, publicEncrypt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { bytes, copy, type Bytes } from '../../../src/codec/bytes.ts';
import { toHex } from '../../../src/codec/hex.ts';
import { HASH_BYTES, type HashFunction, type HashName } from '../../../src/crypto/digest.ts';
import { oaepPad, pkcs1EncryptPad, rsaOaepEncrypt, rsaPkcs1Encrypt } from '../../../src/crypto/rsa-encrypt.ts';
import { oaepUnpad, pkcs1Unpad } from '../../../src/crypto/unpad.ts';
import { anyHash, OTHER_HASHES } from './other-hashes.ts';
import { oracle, parts } from './rsa-oracle.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const numbers = parts(privateKey);
const key = { kind: 'rsa' as const, modulus: numbers.n, publicExponent: numbers.e };
const hashes = Object.keys(HASH_BYTES) as HashName[];
const message = Uint8Array.from(Buffer.from('a session key'));

describe('PKCS#1 v1.5 encryption', () => {
  it('the block is what RFC 8017 wants: no zero in the padding, even from a source that gives many', async () => {
    let at = 0;
    const random = (length: number): Bytes => Uint8Array.from({ length }, () => (at++ % 3 === 0 ? 5 : 0));
    const block = pkcs1EncryptPad(message, 256, { random });
    expect(toHex(block)).toBe(`0002${'05'.repeat(256 - 3 - message.length)}00${toHex(message)}`);
    expect(toHex(await pkcs1Unpad(oracle(privateKey, await rsaPkcs1Encrypt(key, message))))).toBe(toHex(message));
  });

  it('takes every length up to the limit, and no more', async () => {
    for (const length of [0, 1, 245]) {
      const text = bytes(length).fill(9);
      expect(toHex(await pkcs1Unpad(copy(oracle(privateKey, await rsaPkcs1Encrypt(key, text)))))).toBe(toHex(text));
    }
    await expect(rsaPkcs1Encrypt(key, bytes(246))).rejects.toMatchObject({ reason: 'too-long' });
  });

  it('refuses keys that must not be used', async () => {
    const even = copy(key.modulus);
    even[255] = 2;
    await expect(rsaPkcs1Encrypt({ ...key, modulus: even }, message)).rejects.toMatchObject({ reason: 'bad-key' });
  });
});

describe('OAEP encryption', () => {
  it.each(hashes)('OpenSSL decrypts it, with and without a label: %s', async (hash) => {
    for (const label of [undefined, bytes([1, 2, 3]), bytes(1000)]) {
      const text = bytes(256 - 2 * HASH_BYTES[hash] - 2).fill(7);
      const cipher = await rsaOaepEncrypt(key, text, label === undefined ? { hash } : { hash, label });
      const options = { key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hash.replace('-', '') };
      expect(privateDecrypt(label === undefined ? options : { ...options, oaepLabel: label }, cipher).equals(text)).toBe(true);
      expect(() => privateDecrypt({ ...options, oaepLabel: bytes([9]) }, cipher)).toThrow();
    }
    await expect(rsaOaepEncrypt(key, bytes(256 - 2 * HASH_BYTES[hash] - 1), { hash })).rejects.toMatchObject({ reason: 'too-long' });
  });

  it.each(Object.keys(OTHER_HASHES))('with a hash that the caller brings, both ways with OpenSSL: %s', async (name) => {
    const hash = anyHash(name) as HashFunction;
    const label = bytes([4, 5]);
    const openssl = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: name.toLowerCase().replace(/^sha-/, 'sha').replace('/', '-') };
    const cipher = await rsaOaepEncrypt(key, message, { hash, label });
    expect(privateDecrypt({ key: privateKey, ...openssl, oaepLabel: label }, cipher).equals(message)).toBe(true);
    const theirs = publicEncrypt({ key: privateKey, ...openssl, oaepLabel: label }, message);
    const block = oracle(privateKey, Uint8Array.from(theirs));
    expect(toHex(await oaepUnpad(copy(block), { hash, label }))).toBe(toHex(message));
    await expect(oaepUnpad(copy(block), { hash: 'SHA-1', label })).rejects.toMatchObject({ reason: 'bad-padding' });
    await expect(oaepUnpad(copy(block), { hash })).rejects.toMatchObject({ reason: 'bad-padding' });
    await expect(rsaOaepEncrypt(key, bytes(256 - 2 * hash.hashBytes - 1), { hash })).rejects.toMatchObject({ reason: 'too-long' });
  });

  it('every pair of hashes comes back, and no other pair takes it', async () => {
    for (const hash of hashes)
      for (const mgfHash of hashes) {
        const block = await oaepPad(message, 256, { hash, mgfHash });
        expect(toHex(await oaepUnpad(copy(block), { hash, mgfHash }))).toBe(toHex(message));
        const other = hashes.find((one) => one !== mgfHash) ?? 'SHA-1';
        await expect(oaepUnpad(block, { hash, mgfHash: other })).rejects.toMatchObject({ reason: 'bad-padding' });
      }
  });
});
