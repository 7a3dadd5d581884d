import { beforeAll, describe, expect, it, test } from 'vitest';
import { setFlagsFromString } from 'node:v8';
import { type Bytes, equal } from '../../src/codec/bytes.ts';
import { toHex } from '../../src/codec/hex.ts';
import { type BignumModule, loadBignum, rsaPublic } from '../../src/crypto/bignum/index.ts';
import { digest, HASH_BYTES, type HashName } from '../../src/crypto/digest.ts';
import { digestInfo, pkcs1Pad, pssPad } from '../../src/crypto/pkcs1.ts';
import { oaepPad, pkcs1EncryptPad } from '../../src/crypto/rsa-encrypt.ts';
import { oaepUnpad, pkcs1Unpad } from '../../src/crypto/unpad.ts';
import { verifySignature } from '../../src/crypto/verify.ts';
import { rspVectors } from '../unit/crypto/rsp.ts';
import { text, wycheproof } from '../unit/crypto/wycheproof.ts';
import { corporaAbsent } from '../corpora.ts';
import { counted, namedBlocks, nistAbsent, nistText } from './crypto-corpus.ts';
import { field, type Keyed, keyed, onExamples, type OnExample } from './crypto-keyed.ts';

// Node 20 keeps relaxed SIMD behind this flag; Chromium has it on.
setFlagsFromString('--experimental-wasm-relaxed-simd');

const folder = 'asymmetric/RSA/';
const modules: BignumModule[] = [];
beforeAll(async () => {
  modules.push(await loadBignum(), await loadBignum({ withoutFma: true }));
  expect(modules.map((module) => module.kind)).toEqual(['fma', 'scalar']);
});

/** Both modules on all of a file. */
async function forEach(all: readonly Keyed[], body: OnExample): Promise<number> {
  let count = 0;
  for (const module of modules) count += await onExamples(module, all, body);
  return count;
}

describe('vectors of PKCS #1', () => {
  test.skipIf(nistAbsent(`${folder}pkcs1v15crypt-vectors.txt`) !== undefined)('PKCS#1 v1.5 encryption: same ciphertext, same message', async () => {
    const count = await forEach(keyed(namedBlocks(nistText(`${folder}pkcs1v15crypt-vectors.txt`)), 'encryption'), async (key, example) => {
      const [message, seed, cipher] = [field(example, 'message'), field(example, 'seed'), field(example, 'encryption')];
      const block = pkcs1EncryptPad(message, key.modulusBytes, { random: () => Uint8Array.from(seed) });
      expect(toHex(key.publicOp(block))).toBe(toHex(cipher));
      expect(toHex(await pkcs1Unpad(key.privateOp(cipher)))).toBe(toHex(message));
    });
    expect(count).toBeGreaterThanOrEqual(600);
    counted('pkcs1v15crypt-vectors', { 'done by both modules': count });
  });

  test.skipIf(nistAbsent(`${folder}pkcs-1v2-1d2-vec/oaep-vect.txt`) !== undefined)('OAEP: same ciphertext, same message', async () => {
    const count = await forEach(keyed(namedBlocks(nistText(`${folder}pkcs-1v2-1d2-vec/oaep-vect.txt`)), 'encryption'), async (key, example) => {
      const [message, seed, cipher] = [field(example, 'message'), field(example, 'seed'), field(example, 'encryption')];
      const block = await oaepPad(message, key.modulusBytes, { hash: 'SHA-1', random: () => Uint8Array.from(seed) });
      expect(toHex(key.publicOp(block))).toBe(toHex(cipher));
      expect(toHex(await oaepUnpad(key.privateOp(cipher), { hash: 'SHA-1' }))).toBe(toHex(message));
    });
    expect(count).toBeGreaterThanOrEqual(120);
    counted('oaep-vect', { 'done by both modules': count });
  });

  test.skipIf(nistAbsent(`${folder}oaep-custom/oaep-sha1-sha256.txt`) !== undefined).each([
    ['oaep-sha1-sha256', 'SHA-256', 'SHA-1'],
    ['oaep-sha384-sha384', 'SHA-384', 'SHA-384'],
  ] as const)('%s', async (name, hash, mgfHash) => {
    const count = await forEach(keyed(namedBlocks(nistText(`${folder}oaep-custom/${name}.txt`)), 'encryption'), async (key, example) => {
      expect(toHex(await oaepUnpad(key.privateOp(field(example, 'encryption')), { hash, mgfHash }))).toBe(toHex(field(example, 'message')));
    });
    expect(count).toBeGreaterThan(60);
    counted(name, { 'done by both modules': count });
  });

  test.skipIf(nistAbsent(`${folder}pkcs-1v2-1d2-vec/pss-vect.txt`) !== undefined)('PSS: same signatures', async () => {
    const count = await forEach(
      keyed(namedBlocks(nistText(`${folder}pkcs-1v2-1d2-vec/pss-vect.txt`)), 'signature'),
      async (key, example, modulusBits) => {
        const salt = field(example, 'salt');
        const value = await digest('SHA-1', field(example, 'message to be signed'));
        const block = await pssPad(value, { hash: 'SHA-1', saltBytes: salt.length, modulusBits, random: () => salt });
        expect(toHex(key.privateOp(block))).toBe(toHex(field(example, 'signature')));
      },
    );
    expect(count).toBeGreaterThanOrEqual(120);
    counted('pss-vect', { 'done by both modules': count });
  });
});

describe('verification of RSA signatures', () => {
  test.skipIf(nistAbsent(`${folder}SigVer15EMTest.txt`) !== undefined)(
    'SigVer15EMTest: the forged forms of an encoded message are refused',
    async () => {
      const counts = { 'forged refused': 0, 'controls accepted': 0 };
      const octets = (hex: string): Bytes => Uint8Array.from(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex'));
      let modulus = '';
      for (const v of rspVectors(nistText(`${folder}SigVer15EMTest.txt`))) {
        if (v.has('n')) modulus = v.text('n');
        if (!v.has('Msg')) continue;
        const hash = v.text('SHAAlg').replace(/^SHA/, 'SHA-') as HashName;
        if (!(hash in HASH_BYTES)) continue;
        const e = octets(v.text('e'));
        const key = { kind: 'rsa' as const, modulus: octets(modulus), publicExponent: e.slice(e.findIndex((octet) => octet !== 0)) };
        expect(v.text('Result').startsWith('F')).toBe(true);
        expect(await verifySignature(key, { kind: 'rsa-pkcs1', hash }, octets(v.text('S')), v.hex('Msg')), v.text('Result')).toBe(false);
        counts['forged refused']++;
        if (key.modulus.length > 192) continue;
        // Control: the same key over the same message, padded as it should be. The larger keys would only take longer.
        const block = pkcs1Pad(digestInfo(hash, await digest(hash, v.hex('Msg'))), key.modulus.length);
        const right = rsaPublic(key.modulus, octets(v.text('d')), block);
        expect(await verifySignature(key, { kind: 'rsa-pkcs1', hash }, right, v.hex('Msg'))).toBe(true);
        counts['controls accepted']++;
      }
      expect(counts['controls accepted']).toBeGreaterThan(30);
      expect(counts['forged refused']).toBeGreaterThan(100);
      counted('SigVer15EMTest', counts);
    },
  );

  const files = [
    'rsa_signature_2048_sha256',
    'rsa_signature_3072_sha384',
    'rsa_pss_2048_sha256_mgf1_32',
    'rsa_pss_2048_sha384_mgf1_48',
    'rsa_pss_3072_sha256_mgf1_32',
    'rsa_pss_4096_sha512_mgf1_64',
  ];
  test.skipIf(corporaAbsent !== undefined).each(files)('Wycheproof %s', async (name) => {
    const counts = { accepted: 0, refused: 0 };
    for (const group of wycheproof(`${name}_test.json`)) {
      const hash = text(group, 'sha') as HashName;
      const { modulus, publicExponent } = group['publicKey'] as { modulus: string; publicExponent: string };
      const octets = (hex: string): Bytes => Uint8Array.from(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex'));
      const key = { kind: 'rsa' as const, modulus: octets(modulus), publicExponent: octets(publicExponent) };
      const scheme = name.includes('pss')
        ? { kind: 'rsa-pss' as const, hash, saltBytes: Number(group['sLen']) }
        : { kind: 'rsa-pkcs1' as const, hash };
      for (const v of group.tests) {
        const good = await verifySignature(key, scheme, octets(text(v, 'sig')), octets(text(v, 'msg')));
        if (v.result !== 'acceptable') expect(good, `test ${v.tcId}`).toBe(v.result === 'valid');
        counts[good ? 'accepted' : 'refused']++;
      }
    }
    expect(counts.accepted).toBeGreaterThan(3);
    expect(counts.refused).toBeGreaterThan(10);
    counted(name, counts);
  });
});

it('a file of named blocks is read as it is meant', () => {
  const read = namedBlocks('text: 12\n# Modulus:\n01 02\r\n03\n\n# Exponent: \n10001\n# A heading\n# Seed:\n');
  expect(read.map(({ name, value }) => `${name}=${toHex(value)}`)).toEqual(['modulus=010203', 'exponent=010001']);
  expect(equal(read[0]?.value ?? new Uint8Array(0), Uint8Array.of(1, 2, 3))).toBe(true);
});
