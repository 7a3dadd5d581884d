import { constants, createPrivateKey, type KeyObject, privateDecrypt } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type Bytes, concat, copy } from '../../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../../src/codec/hex.ts';
import type { HashName } from '../../../src/crypto/digest.ts';
import { HASH_BYTES } from '../../../src/crypto/digest.ts';
import { CryptoError } from '../../../src/crypto/errors.ts';
import { oaepUnpad, pkcs1Unpad } from '../../../src/crypto/unpad.ts';
import { corporaAbsent } from '../../corpora.ts';
import { text, wycheproof } from './wycheproof.ts';

/** The raw private operation; OpenSSL is the oracle, undefined where the ciphertext is out of range. */
function raw(key: KeyObject, ciphertext: Bytes): Bytes | undefined {
  try {
    return copy(privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, ciphertext));
  } catch {
    return undefined;
  }
}

async function outcome(body: () => Bytes | Promise<Bytes>): Promise<string> {
  try {
    return toHex(await body());
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error;
    return `${error.reason}: ${error.message}`;
  }
}

const refused = 'bad-padding: the decrypted block is not correctly padded';

describe('PKCS#1 v1.5 unpadding', () => {
  test.skipIf(corporaAbsent !== undefined).each([2048, 3072, 4096])('Wycheproof, %i bits', async (bits) => {
    let valid = 0;
    let invalid = 0;
    for (const group of wycheproof(`rsa_pkcs1_${bits}_test.json`)) {
      const key = createPrivateKey(text(group, 'privateKeyPem'));
      for (const v of group.tests) {
        const block = raw(key, fromHex(text(v, 'ct')));
        if (block === undefined) {
          expect(v.result).toBe('invalid');
          continue;
        }
        expect(await outcome(() => pkcs1Unpad(block)), `test ${v.tcId}`).toBe(v.result === 'valid' ? text(v, 'msg') : refused);
        if (v.result === 'valid') valid++;
        else invalid++;
        expect(block.every((octet) => octet === 0)).toBe(true);
      }
    }
    expect(valid).toBeGreaterThan(5);
    expect(invalid).toBeGreaterThan(5);
  });

  it('any message comes back; any octet of the head that differs is refused in the same words', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 117 }),
        fc.integer({ min: 0, max: 9 }),
        fc.integer({ min: 1, max: 255 }),
        async (message, at, flip) => {
          const good = concat(fromHex('0002'), new Uint8Array(128 - 3 - message.length).fill(0xaa), new Uint8Array(1), message);
          expect(await outcome(() => pkcs1Unpad(copy(good)))).toBe(toHex(message));
          const bad = copy(good);
          bad[at] = at < 2 ? (bad[at] ?? 0) ^ flip : 0;
          if (at >= 2 && at >= 127 - message.length) return;
          expect(await outcome(() => pkcs1Unpad(bad))).toBe(refused);
        },
      ),
    );
    expect(await outcome(() => pkcs1Unpad(concat(fromHex('0002'), new Uint8Array(126).fill(1))))).toBe(refused);
    expect(await outcome(() => pkcs1Unpad(new Uint8Array(0)))).toBe(refused);
  });
});

describe('OAEP unpadding', () => {
  const files = [
    '2048_sha1_mgf1sha1',
    '2048_sha256_mgf1sha1',
    '2048_sha256_mgf1sha256',
    '2048_sha384_mgf1sha384',
    '2048_sha512_mgf1sha512',
    '3072_sha256_mgf1sha256',
    '4096_sha512_mgf1sha512',
    'misc',
  ];
  test.skipIf(corporaAbsent !== undefined).each(files)('Wycheproof rsa_oaep_%s', async (name) => {
    let valid = 0;
    let invalid = 0;
    for (const group of wycheproof(`rsa_oaep_${name}_test.json`)) {
      const hash = text(group, 'sha') as HashName;
      const mgfHash = text(group, 'mgfSha') as HashName;
      if (!(hash in HASH_BYTES) || !(mgfHash in HASH_BYTES)) continue;
      const key = createPrivateKey(text(group, 'privateKeyPem'));
      // The core ends at 4096 bits.
      if ((key.asymmetricKeyDetails?.modulusLength ?? 0) > 4096) continue;
      for (const v of group.tests) {
        const block = raw(key, fromHex(text(v, 'ct')));
        if (block === undefined) {
          expect(v.result).toBe('invalid');
          continue;
        }
        const got = await outcome(() => oaepUnpad(block, { hash, mgfHash, label: fromHex(text(v, 'label')) }));
        expect(got, `test ${v.tcId}`).toBe(v.result === 'invalid' ? refused : text(v, 'msg'));
        if (v.result === 'invalid') invalid++;
        else valid++;
      }
    }
    expect(valid).toBeGreaterThan(4);
    if (name !== 'misc') expect(invalid).toBeGreaterThan(5);
  });

  it('refuses a block too short for the hash', async () => {
    expect(await outcome(() => oaepUnpad(new Uint8Array(128), { hash: 'SHA-512' }))).toBe(refused);
  });
});
