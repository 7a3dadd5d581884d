import { createECDH, createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import type { CurveName } from '../../src/crypto/ec.ts';
import { corporaAbsent } from '../corpora.ts';
import { fromBig, oracle, oraclePublic, parts, toBig } from '../unit/crypto/rsa-oracle.ts';
import { counted } from '../vectors/crypto-corpus.ts';
import { compiledFor, hexKey, type Expected, kdfJobs, paddingJobs, pointJobs, signatureJobs } from './crypto/expected.ts';
import type { Job } from './crypto/jobs.ts';
import { type CryptoLab, startCryptoLab } from './crypto/lab.ts';

/* The library as a page gets it, minified, in the distribution's Chromium. The test itself runs in Node and sends the vectors. */

let lab: CryptoLab;
beforeAll(async () => {
  lab = await startCryptoLab();
});
afterAll(() => lab.close());

const run = (page: Page, jobs: readonly Job[]): Promise<string[]> => page.evaluate((list) => window.doJobs(list), jobs);
const calls = (page: Page): Promise<Record<string, number>> =>
  page.evaluate(() => ({ ...(window as unknown as { calls: Record<string, number> }).calls }));

/** Runs jobs and compares; says how many there were. */
async function compare(page: Page, what: string, list: readonly Expected[]): Promise<void> {
  const got = await run(
    page,
    list.map(({ job }) => job),
  );
  const counts: Record<string, number> = {};
  list.forEach(({ want, kind, name }, i) => {
    expect(got[i], name).toMatch(want);
    counts[kind] = (counts[kind] ?? 0) + 1;
  });
  counted(`Chromium, ${what}`, counts);
}

/** Jobs whose results OpenSSL knows, for keys that were never seen before. */
function freshRsa(): Expected[] {
  return [1024, 2048, 3072, 4096].flatMap((bits) => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: bits });
    const k = parts(privateKey);
    const n = toBig(k.n);
    const inputs = [0n, 1n, n - 1n, toBig(k.p), toBig(k.q) * 3n, toBig(randomBytes(bits / 8)) % n].map((c) => fromBig(c, bits / 8));
    const key = hexKey(k);
    const out: Expected[] = inputs.map((input) =>
      compiledFor({ op: 'private', key, input: Buffer.from(input).toString('hex') }, oracle(privateKey, input)),
    );
    const input = fromBig(12345n, bits / 8);
    out.push(compiledFor({ op: 'simulated-card', key, input: Buffer.from(input).toString('hex') }, oracle(privateKey, input)));
    out.push(compiledFor({ op: 'public', n: key.n, e: key.e, input: Buffer.from(input).toString('hex') }, oraclePublic(privateKey, input)));
    const larger = toBig(k.p) > toBig(k.q) ? k.p : k.q;
    out.push(compiledFor({ op: 'complete', n: key.n, e: key.e, d: Buffer.from(k.d).toString('hex') }, Buffer.from(larger)));
    return out;
  });
}

describe.each([
  ['fma', []],
  ['scalar', ['--no-enable-fma3']],
] as const)('in Chromium, %s module', (kind, v8) => {
  let page: Page;
  beforeAll(async () => {
    page = await lab.open('/', v8);
  });

  it('is the one that is chosen', async () => {
    expect(await run(page, [{ op: 'kind' }])).toEqual([kind]);
  });

  it('gives what OpenSSL gives on fresh keys of every size', async () => {
    await compare(page, `${kind}, fresh RSA keys`, freshRsa());
  });

  test.skipIf(corporaAbsent !== undefined)('Wycheproof: PKCS#1 v1.5 and OAEP decryption', async () => {
    await compare(page, `${kind}, Wycheproof RSA decryption`, paddingJobs());
  });
});

describe('in Chromium, on WebCrypto and the rest', () => {
  test.skipIf(corporaAbsent !== undefined)('Wycheproof: signatures, agreement, Curve25519; NIST: derivation', async () => {
    const page = await lab.open('/');
    const [support = ''] = await run(page, [{ op: 'curve25519' }]);
    expect(JSON.parse(support)).toEqual({ Ed25519: true, X25519: true });
    await compare(page, 'Wycheproof signatures', signatureJobs());
    await compare(page, 'Wycheproof agreement', pointJobs());
    await compare(page, 'NIST key derivation', kdfJobs());
  });

  it.each(['P-256', 'P-384', 'P-521'] as const)('a private key must belong to its point: %s', async (curve: CurveName) => {
    const page = await lab.open('/');
    const ecdh = createECDH({ 'P-256': 'prime256v1', 'P-384': 'secp384r1', 'P-521': 'secp521r1' }[curve]);
    ecdh.generateKeys();
    // A coordinate has as many hexadecimal digits as the point has octets without its first.
    const d = ecdh.getPrivateKey('hex').padStart(ecdh.getPublicKey().length - 1, '0');
    const point = ecdh.getPublicKey('hex');
    ecdh.generateKeys();
    const other = ecdh.getPublicKey('hex');
    expect(
      await run(page, [
        { op: 'pair', curve, d, point },
        { op: 'pair', curve, d, point: other },
        { op: 'pair', curve, d: '00'.repeat(d.length / 2), point },
      ]),
    ).toEqual(['good', '<bad-key>', '<bad-key>']);
  });
});

describe('what runs where', () => {
  it('RSA with a private key and unpadding run in WebAssembly, signatures and agreement in WebCrypto: both are used', async () => {
    const page = await lab.open('/');
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const k = parts(privateKey);
    const key = hexKey(k);
    const message = Buffer.from('a message');
    const scheme = { kind: 'rsa-pkcs1', hash: 'SHA-256' } as const;
    const made = async (job: Job): Promise<Record<string, number>> => {
      const before = await calls(page);
      const [result] = await run(page, [job]);
      expect(result).not.toMatch(/^</);
      const after = await calls(page);
      return Object.fromEntries(Object.entries(after).filter(([name, count]) => count !== (before[name] ?? 0)));
    };
    const has = (found: Record<string, number>, prefix: string): boolean => Object.keys(found).some((name) => name.startsWith(prefix));
    const unpad = await made({ op: 'unpad', block: `0002${'aa'.repeat(200)}00${'11'.repeat(53)}` });
    expect([unpad['wasm.unpadPkcs1'], has(unpad, 'subtle.')]).toEqual([1, false]);
    const raw = await made({ op: 'private', key, input: '02' });
    expect([raw['wasm.privateOp'], has(raw, 'subtle.')]).toEqual([1, false]);
    const card = await made({ op: 'simulated-card', key, input: '02' });
    expect([card['wasm.privateOp'], has(card, 'subtle.')]).toEqual([2, false]);
    const encrypt = await made({ op: 'encrypt', n: key.n, e: key.e, message: 'aa' });
    expect([encrypt['wasm.publicOp'], has(encrypt, 'subtle.')]).toEqual([1, false]);
    const signature = sign('sha256', message, privateKey).toString('hex');
    const verify = await made({ op: 'verify', n: key.n, e: key.e, scheme, signature, message: message.toString('hex') });
    expect([verify['subtle.verify'], has(verify, 'wasm.')]).toEqual([1, false]);
    const ecdh = createECDH('prime256v1');
    ecdh.generateKeys();
    const agreement = await made({ op: 'agree', curve: 'P-256', d: ecdh.getPrivateKey('hex').padStart(64, '0'), point: ecdh.getPublicKey('hex') });
    expect([agreement['subtle.deriveBits'], has(agreement, 'wasm.')]).toEqual([1, false]);
    counted('Chromium, calls', await calls(page));
  });
});

describe('a page whose policy forbids WebAssembly', () => {
  it('has public operations and WebCrypto, and is told that the private ones are refused', async () => {
    const page = await lab.open('/strict');
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const k = parts(privateKey);
    const key = hexKey(k);
    const input = fromBig(toBig(randomBytes(256)) % toBig(k.n), 256);
    const hex = Buffer.from(input).toString('hex');
    const message = Buffer.from('a message');
    const scheme = { kind: 'rsa-pkcs1', hash: 'SHA-256' } as const;
    const got = await run(page, [
      { op: 'public', n: key.n, e: key.e, input: hex },
      { op: 'verify', n: key.n, e: key.e, scheme, signature: sign('sha256', message, privateKey).toString('hex'), message: message.toString('hex') },
      { op: 'kind' },
      { op: 'private', key, input: hex },
      { op: 'pkcs1', key, input: hex },
      { op: 'unpad', block: `0002${'aa'.repeat(200)}00${'11'.repeat(53)}` },
      { op: 'encrypt', n: key.n, e: key.e, message: 'aa' },
      { op: 'complete', n: key.n, e: key.e, d: Buffer.from(k.d).toString('hex') },
      { op: 'check', key },
      { op: 'load', key },
      { op: 'simulated-card', key, input: hex },
    ]);
    expect(got.slice(0, 2)).toEqual([oraclePublic(privateKey, input).toString('hex'), 'true']);
    expect(got.slice(2, 10)).toEqual(Array.from({ length: 8 }, () => '<wasm-forbidden>'));
    // The simulated card is no real card: it falls back to BigInt.
    expect(got[10]).toBe(oracle(privateKey, input).toString('hex'));
    expect(Object.keys(await calls(page)).some((name) => name.startsWith('wasm.'))).toBe(false);
    // The same page without the policy does all of it.
    const free = await lab.open('/');
    expect(
      (
        await run(free, [
          { op: 'load', key },
          { op: 'check', key },
        ])
      ).includes('<wasm-forbidden>'),
    ).toBe(false);
  });

  it('a wrong expectation is noticed', async () => {
    const page = await lab.open('/');
    const hmac = createHmac('sha256', 'x').digest();
    await expect(compare(page, 'planted', [compiledFor({ op: 'aes', key: '00'.repeat(16), data: '00'.repeat(16) }, hmac)])).rejects.toThrow();
  });
});
