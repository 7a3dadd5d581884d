import { createPrivateKey } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Bytes } from '../../src/codec/bytes.ts';
import { toHex } from '../../src/codec/hex.ts';
import { type BignumModule, loadBignum, RsaPrivateKey } from '../../src/crypto/bignum/index.ts';
import { digest, HASH_BYTES, type HashName } from '../../src/crypto/digest.ts';
import { digestInfo, pkcs1Pad } from '../../src/crypto/pkcs1.ts';
import { oaepUnpad } from '../../src/crypto/unpad.ts';
import { verifySignature } from '../../src/crypto/verify.ts';
import { anyHash } from '../unit/crypto/other-hashes.ts';
import { parts } from '../unit/crypto/rsa-oracle.ts';
import { rspVectors } from '../unit/crypto/rsp.ts';
import '../corpora.ts';
import { counted, damaged, debianAbsent, debianText, namedBlocks } from './crypto-corpus.ts';
import { field, keyed, onExamples } from './crypto-keyed.ts';

setFlagsFromString('--experimental-wasm-relaxed-simd');

const folder = 'asymmetric/RSA/';
const modules: BignumModule[] = [];
beforeAll(async () => {
  modules.push(await loadBignum(), await loadBignum({ withoutFma: true }));
  expect(modules.map((module) => module.kind)).toEqual(['fma', 'scalar']);
});
const octets = (hex: string): Bytes => Uint8Array.from(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex'));
const hashes = ['sha1', 'sha224', 'sha256', 'sha384', 'sha512'] as const;
const named = (name: string): ReturnType<typeof anyHash> => anyHash(name.replace('sha', 'SHA-'));

async function signatures(text: string): Promise<number> {
  let count = 0;
  for (const module of modules)
    count += await onExamples(module, keyed(namedBlocks(text), 'signature'), async (key, example) => {
      const value = await digest('SHA-1', field(example, 'message to be signed'));
      const block = pkcs1Pad(digestInfo('SHA-1', value), key.modulusBytes);
      expect(toHex(key.privateOp(block))).toBe(toHex(field(example, 'signature')));
    });
  return count;
}

async function oaep(text: string, mgf: string, hash: string): Promise<number> {
  let count = 0;
  for (const module of modules)
    count += await onExamples(module, keyed(namedBlocks(text), 'encryption'), async (key, example) => {
      const message = await oaepUnpad(key.privateOp(field(example, 'encryption')), { hash: named(hash), mgfHash: named(mgf) });
      expect(toHex(message)).toBe(toHex(field(example, 'message')));
    });
  return count;
}

/** NIST's verification files: P is accepted, F refused. */
async function verification(text: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  let modulus = '';
  for (const v of rspVectors(text)) {
    if (v.has('n')) modulus = v.text('n');
    const hash = v.has('SHAAlg') ? v.text('SHAAlg').replace('SHA', 'SHA-') : '';
    // WebCrypto, which verifies, has no SHA-224.
    if (!(hash in HASH_BYTES)) continue;
    const key = { kind: 'rsa' as const, modulus: octets(modulus), publicExponent: octets(v.text('e')) };
    const scheme = text.includes('PSS')
      ? { kind: 'rsa-pss' as const, hash: hash as HashName, saltBytes: v.hex('SaltVal').length }
      : { kind: 'rsa-pkcs1' as const, hash: hash as HashName };
    const good = await verifySignature(key, scheme, octets(v.text('S')), v.hex('Msg'));
    expect(good, v.text('Result')).toBe(v.text('Result').startsWith('P'));
    const kind = good ? 'accepted' : 'refused';
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

/** The last octet of the last block of that name is changed. */
const wrong = (text: string): string => text.trimEnd().replace(/.\n*(?:[=\s#-]*)$/, (last) => (last.startsWith('0') ? '1' : '0'));

describe.skipIf(debianAbsent !== undefined)("RSA on Debian's vectors", () => {
  it('pkcs1v15sign-vectors: the same signatures; a wrong one is noticed', async () => {
    const text = debianText(`${folder}pkcs1v15sign-vectors.txt`);
    const done = await signatures(text);
    expect(done).toBe(600);
    counted('pkcs1v15sign-vectors', { 'done by both modules': done });
    await expect(signatures(wrong(text))).rejects.toThrow();
  });

  it.each(hashes.flatMap((mgf) => hashes.map((hash) => [mgf, hash] as const)).filter(([mgf, hash]) => mgf !== 'sha1' || hash !== 'sha1'))(
    'OAEP, MGF1 with %s, hash %s',
    async (mgf, hash) => {
      const text = debianText(`${folder}oaep-custom/oaep-${mgf}-${hash}.txt`);
      const done = await oaep(text, mgf, hash);
      expect(done).toBeGreaterThan(50);
      counted(`oaep-${mgf}-${hash}`, { 'done by both modules': done });
    },
  );

  it('OAEP: a wrong ciphertext and a wrong hash are noticed', async () => {
    const text = debianText(`${folder}oaep-custom/oaep-sha256-sha224.txt`);
    await expect(oaep(wrong(text), 'sha256', 'sha224')).rejects.toThrow();
    await expect(oaep(text, 'sha224', 'sha256')).rejects.toThrow();
  });

  it('OAEP with a label; without it, nothing', async () => {
    const [v] = rspVectors(debianText(`${folder}oaep-label.txt`));
    if (v === undefined) throw new Error('no vector');
    const jwk = createPrivateKey({ key: Buffer.from(v.hex('KEY')), format: 'der', type: 'pkcs8' });
    for (const module of modules) {
      const key = new RsaPrivateKey(module, parts(jwk));
      const message = await oaepUnpad(key.privateOp(v.hex('Input')), { hash: 'SHA-512', label: v.hex('OAEPLabel') });
      expect(`"${new TextDecoder().decode(message)}"`).toBe(v.text('Output'));
      await expect(oaepUnpad(key.privateOp(v.hex('Input')), { hash: 'SHA-512' })).rejects.toMatchObject({ reason: 'bad-padding' });
      key.wipe();
    }
  });

  it.each(['SigVer15_186-3', 'SigVerPSS_186-3'])('%s: all valid accepted, all invalid refused; a wrong one is noticed', async (name) => {
    const text = debianText(`${folder}FIPS_186-2/${name}.rsp`);
    const counts = await verification(text);
    expect(counts['accepted']).toBeGreaterThan(15);
    expect(counts['refused']).toBeGreaterThan(40);
    counted(name, counts);
    await expect(verification(text.replace('Result = P', 'Result = F'))).rejects.toThrow();
  });
});

it('a damaged vector differs in one digit', () => {
  expect(damaged('x\nMD = 00\nMD = 12\n', 'MD')).toBe('x\nMD = 00\nMD = 10\n');
});
