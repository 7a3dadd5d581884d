import { constants, createPrivateKey, generateKeyPairSync, privateEncrypt, verify } from 'node:crypto';
import { describe, expect, it, test } from 'vitest';
import { copy, type Bytes } from '../../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../../src/codec/hex.ts';
import { digest, type HashName } from '../../../src/crypto/digest.ts';
import { bitLength, digestInfo, pkcs1Pad, pssPad } from '../../../src/crypto/pkcs1.ts';
import { corporaAbsent } from '../../corpora.ts';
import { text, wycheproof } from './wycheproof.ts';

const hashes: readonly HashName[] = ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'];
const keys = new Map([1030, 2048].map((bits) => [bits, generateKeyPairSync('rsa', { modulusLength: bits })]));
const rawPrivate = (bits: number, block: Bytes): Buffer =>
  privateEncrypt({ key: keys.get(bits)!.privateKey, padding: constants.RSA_NO_PADDING }, block);
const message = new TextEncoder().encode('a message to be signed');

describe('EMSA-PKCS1-v1_5', () => {
  it.each(hashes)('a raw private operation over it is a signature that OpenSSL accepts: %s', async (hash) => {
    const block = pkcs1Pad(digestInfo(hash, await digest(hash, message)), 256);
    const signature = rawPrivate(2048, block);
    expect(verify(hash.replace('-', ''), message, keys.get(2048)!.publicKey, signature)).toBe(true);
    block[255] = (block[255] ?? 0) ^ 1;
    expect(verify(hash.replace('-', ''), message, keys.get(2048)!.publicKey, rawPrivate(2048, block))).toBe(false);
  });

  test.skipIf(corporaAbsent !== undefined)('Wycheproof signature generation: same signatures', async () => {
    let checked = 0;
    for (const group of wycheproof('rsa_pkcs1_2048_sig_gen_test.json')) {
      const hash = text(group, 'sha') as HashName;
      if (!hashes.includes(hash)) continue;
      const key = createPrivateKey(text(group, 'privateKeyPem'));
      for (const v of group.tests) {
        const block = pkcs1Pad(digestInfo(hash, await digest(hash, fromHex(text(v, 'msg')))), 256);
        expect(toHex(copy(privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, block)))).toBe(text(v, 'sig'));
        checked++;
      }
    }
    expect(checked).toBeGreaterThan(15);
  });

  it('pads a bare value, and refuses what leaves less than eight octets of padding', () => {
    const block = pkcs1Pad(new Uint8Array(36).fill(7), 128);
    expect(toHex(block.subarray(0, 3))).toBe('0001ff');
    expect(block[128 - 37]).toBe(0);
    expect(toHex(pkcs1Pad(new Uint8Array(117), 128).subarray(0, 11))).toBe('0001ffffffffffffffff00');
    expect(() => pkcs1Pad(new Uint8Array(118), 128)).toThrow(expect.objectContaining({ reason: 'too-long' }));
    expect(() => digestInfo('SHA-256', new Uint8Array(20))).toThrow(expect.objectContaining({ reason: 'bad-length' }));
  });
});

describe('EMSA-PSS', () => {
  it.each([1030, 2048])('OpenSSL verifies it under a modulus of %i bits, with each hash and salt length', async (bits) => {
    for (const hash of hashes) {
      for (const saltBytes of [undefined, 0, 11]) {
        if (hash === 'SHA-512' && bits === 1030 && saltBytes === undefined) continue;
        const value = await digest(hash, message);
        const options = { hash, modulusBits: bits, ...(saltBytes === undefined ? {} : { saltBytes }) };
        const block = await pssPad(value, options);
        expect(block.length).toBe(Math.ceil(bits / 8));
        const signature = rawPrivate(bits, block);
        const key = {
          key: keys.get(bits)!.publicKey,
          padding: constants.RSA_PKCS1_PSS_PADDING,
          saltLength: saltBytes ?? constants.RSA_PSS_SALTLEN_DIGEST,
        };
        expect(verify(hash.replace('-', ''), message, key, signature), `${hash} ${saltBytes}`).toBe(true);
        expect(verify(hash.replace('-', ''), message.subarray(1), key, signature)).toBe(false);
      }
    }
  });

  it('is one octet shorter than the modulus, with a zero in front, when the modulus has one bit more than whole octets', async () => {
    const block = await pssPad(await digest('SHA-256', message), { hash: 'SHA-256', modulusBits: 2049 });
    expect([block.length, block[0], block[256]]).toEqual([257, 0, 0xbc]);
  });

  it('refuses a salt that does not fit', async () => {
    await expect(pssPad(new Uint8Array(64), { hash: 'SHA-512', modulusBits: 1024 })).rejects.toMatchObject({ reason: 'too-long' });
    await expect(pssPad(new Uint8Array(63), { hash: 'SHA-512', modulusBits: 2048 })).rejects.toMatchObject({ reason: 'bad-length' });
  });
});

it('bit length ignores leading zeros', () => {
  expect([bitLength(fromHex('0080')), bitLength(fromHex('010001')), bitLength(fromHex('0000'))]).toEqual([8, 17, 0]);
});
