import { constants, createPrivateKey, generateKeyPairSync, privateDecrypt, publicEncrypt, randomBytes, type KeyObject } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Bytes, bytes, copy, equal } from '../../../src/codec/bytes.ts';
import { type BignumModule, RsaPrivateKey, type RsaPrivateParts, loadBignum, rsaPublic } from '../../../src/crypto/bignum/index.ts';

// Node 20 keeps relaxed SIMD behind this flag; Chromium has it on.
setFlagsFromString('--experimental-wasm-relaxed-simd');

const part = (text: string | undefined): Bytes => copy(Buffer.from(text ?? '', 'base64url'));

function parts(key: KeyObject): RsaPrivateParts {
  const jwk = key.export({ format: 'jwk' });
  return { n: part(jwk.n), e: part(jwk.e), p: part(jwk.p), q: part(jwk.q), dP: part(jwk.dp), dQ: part(jwk.dq), qInv: part(jwk.qi) };
}

const toBig = (value: Uint8Array): bigint => BigInt(`0x0${Buffer.from(value).toString('hex')}`);
const fromBig = (value: bigint, length: number): Bytes => copy(Buffer.from(value.toString(16).padStart(2 * length, '0'), 'hex'));
function inverse(a: bigint, m: bigint): bigint {
  let [r0, r1, s0, s1] = [m, a % m, 0n, 1n];
  while (r1 !== 0n) [r0, r1, s0, s1] = [r1, r0 - (r0 / r1) * r1, s1, s0 - (r0 / r1) * s1];
  return ((s0 % m) + m) % m;
}

/** The same key with its primes in the other order: q > p. */
function swapped(k: RsaPrivateParts): RsaPrivateParts {
  return { ...k, p: k.q, q: k.p, dP: k.dQ, dQ: k.dP, qInv: fromBig(inverse(toBig(k.p), toBig(k.q)), k.p.length) };
}

const oracle = (key: KeyObject, input: Uint8Array): Buffer => privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, input);
const oraclePublic = (key: KeyObject, input: Uint8Array): Buffer => publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, input);

const modules: { fma?: BignumModule; scalar?: BignumModule } = {};
beforeAll(async () => {
  const first = await loadBignum();
  expect(first.kind).toBe('fma');
  modules.fma = first;
  modules.scalar = await loadBignum({ withoutFma: true });
  expect(modules.scalar.kind).toBe('scalar');
});

describe.each(['fma', 'scalar'] as const)('RSA core, %s module', (kind) => {
  const module = (): BignumModule => {
    const found = modules[kind];
    if (found === undefined) throw new Error('module not loaded');
    return found;
  };

  it.each([512, 1024, 1536, 2048, 3072, 4096])('agrees with node:crypto on random and edge inputs, %i bits', (keyBits) => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: keyBits });
    const k = parts(privateKey);
    const length = keyBits / 8;
    const n = toBig(k.n);
    const edges = [0n, 1n, 2n, n - 1n, n - 2n, toBig(k.p), toBig(k.q), toBig(k.p) * 3n, n - toBig(k.q)];
    const inputs = [...edges.map((x) => fromBig(x, length)), ...Array.from({ length: 6 }, () => fromBig(toBig(randomBytes(length)) % n, length))];
    for (const parts_ of [k, swapped(k)]) {
      const key = new RsaPrivateKey(module(), parts_);
      for (const input of inputs) {
        expect(Buffer.from(key.privateOp(input)).equals(oracle(privateKey, input))).toBe(true);
        expect(Buffer.from(key.publicOp(input)).equals(oraclePublic(privateKey, input))).toBe(true);
      }
      key.wipe();
    }
  });

  it('draws fresh blinding factors and stays right over many operations', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 512 });
    const drawn: number[] = [];
    const key = new RsaPrivateKey(module(), parts(privateKey), (length) => {
      drawn.push(length);
      return copy(randomBytes(length));
    });
    const input = fromBig(12345n, 64);
    const want = oracle(privateKey, input);
    for (let i = 0; i < 140; i++) expect(equal(key.privateOp(input), want)).toBe(true);
    expect(drawn).toEqual([32, 32, 32, 32, 32, 32]);
  });

  it('releases nothing when the key is inconsistent', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const k = parts(privateKey);
    for (const name of ['dP', 'dQ', 'qInv', 'p', 'q'] as const) {
      const broken = copy(k[name]);
      broken[10] = (broken[10] ?? 0) ^ 4;
      const key = new RsaPrivateKey(module(), { ...k, [name]: broken });
      expect(() => key.privateOp(fromBig(7n, 128))).toThrow(expect.objectContaining({ reason: 'check-failed' }));
    }
  });

  it('refuses what is not below the modulus, and a wiped key; wipes its memory', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const k = parts(privateKey);
    let memory: WebAssembly.Memory | undefined;
    const key = new RsaPrivateKey(
      {
        kind,
        instantiate: () => {
          const core = module().instantiate();
          memory = core.memory;
          return core;
        },
      },
      k,
    );
    expect(() => key.privateOp(k.n)).toThrow(expect.objectContaining({ reason: 'out-of-range' }));
    expect(() => key.publicOp(bytes(129).fill(1))).toThrow(expect.objectContaining({ reason: 'out-of-range' }));
    key.privateOp(fromBig(7n, 128));
    const find = (needle: Uint8Array): boolean => Buffer.from(memory?.buffer ?? new ArrayBuffer(0)).includes(Buffer.from(needle));
    expect(find(k.p)).toBe(true);
    key.wipe();
    for (const name of ['p', 'q', 'dP', 'dQ', 'qInv', 'n'] as const) expect(find(k[name])).toBe(false);
    expect(
      Buffer.from(memory?.buffer ?? new ArrayBuffer(0))
        .subarray(65536)
        .every((octet) => octet === 0),
    ).toBe(true);
    expect(() => key.privateOp(fromBig(7n, 128))).toThrow(expect.objectContaining({ reason: 'wiped' }));
  });
});

describe('public operation without WebAssembly', () => {
  it('agrees with node:crypto', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const k = parts(createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' })));
    const input = fromBig(toBig(randomBytes(256)) % toBig(k.n), 256);
    expect(Buffer.from(rsaPublic(k.n, k.e, input)).equals(oraclePublic(privateKey, input))).toBe(true);
    expect(() => rsaPublic(k.n, k.e, k.n)).toThrow(expect.objectContaining({ reason: 'out-of-range' }));
  });
});
