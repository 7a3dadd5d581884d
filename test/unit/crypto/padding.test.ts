import { constants, createPrivateKey, generateKeyPairSync, privateEncrypt, verify } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { copy, type Bytes } from '../../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../../src/codec/hex.ts';
import { digest, type HashName } from '../../../src/crypto/digest.ts';
import { bitLength, digestInfo, pkcs1Pad, pssPad } from '../../../src/crypto/pkcs1.ts';
import { corporaAbsent } from '../../corpora.ts';
import { counted } from '../../vectors/crypto-corpus.ts';
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

  test.skipIf(corporaAbsent !== undefined).each([2048, 3072, 4096])('Wycheproof signature generation: same signatures, %i bits', async (bits) => {
    let checked = 0;
    for (const group of wycheproof(`rsa_pkcs1_${bits}_sig_gen_test.json`)) {
      const hash = text(group, 'sha') as HashName;
      if (!hashes.includes(hash)) continue;
      const key = createPrivateKey(text(group, 'privateKeyPem'));
      for (const v of group.tests) {
        const block = pkcs1Pad(digestInfo(hash, await digest(hash, fromHex(text(v, 'msg')))), bits / 8);
        expect(toHex(copy(privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, block)))).toBe(text(v, 'sig'));
        checked++;
      }
    }
    counted(`rsa_pkcs1_${bits}_sig_gen`, { 'same signatures': checked });
    expect(checked).toBeGreaterThan(5);
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

  it.each(hashes)('takes another hash for MGF1, as OpenSSL does with rsa_mgf1_md: %s', async (mgfHash) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'web-minidriver-'));
    try {
      const at = (name: string): string => path.join(folder, name);
      const value = await digest('SHA-256', message);
      const pair = keys.get(2048)!;
      writeFileSync(at('key'), pair.publicKey.export({ type: 'spki', format: 'pem' }));
      writeFileSync(at('value'), value);
      const check = async (used: HashName): Promise<boolean> => {
        writeFileSync(at('signature'), rawPrivate(2048, await pssPad(value, { hash: 'SHA-256', mgfHash: used, modulusBits: 2048 })));
        const options = ['digest:sha256', 'rsa_padding_mode:pss', 'rsa_pss_saltlen:32', `rsa_mgf1_md:${mgfHash.replace('-', '')}`];
        const flags = options.flatMap((option) => ['-pkeyopt', option]);
        return (
          spawnSync('openssl', ['pkeyutl', '-verify', '-pubin', '-inkey', at('key'), '-sigfile', at('signature'), '-in', at('value'), ...flags])
            .status === 0
        );
      };
      expect(await check(mgfHash)).toBe(true);
      expect(await check(mgfHash === 'SHA-1' ? 'SHA-512' : 'SHA-1')).toBe(false);
    } finally {
      rmSync(folder, { recursive: true });
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
