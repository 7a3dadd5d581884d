import { createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { beforeAll, describe, expect, it } from 'vitest';
import { bytes, copy, equal } from '../../../src/codec/bytes.ts';
import { type BignumModule, loadBignum, RsaPrivateKey, rsaPublic, RsaPublicKey } from '../../../src/crypto/bignum/index.ts';
import { EDGE_PRIMES, fromBig, keyOf, nodeKey, oracle, oraclePublic, parts, swapped, toBig } from './rsa-oracle.ts';

// Node 20 keeps relaxed SIMD behind this flag; Chromium has it on.
setFlagsFromString('--experimental-wasm-relaxed-simd');

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

  it.each(Object.keys(EDGE_PRIMES).map(Number))('agrees with node:crypto when both primes of %i bits are at the ends of their range', (bits) => {
    const { low, high } = EDGE_PRIMES[bits] ?? { low: [0, 0], high: [0, 0] };
    const bottom = low.map((distance) => (1n << BigInt(bits - 1)) + BigInt(distance));
    const top = high.map((distance) => (1n << BigInt(bits)) - BigInt(distance));
    for (const [p, q] of [
      [bottom[1], bottom[0]],
      [bottom[0], bottom[1]],
      [top[0], top[1]],
      [top[1], top[0]],
      [top[0], bottom[0]],
      [bottom[1], top[1]],
    ] as [bigint, bigint][]) {
      const k = keyOf(p, q);
      const n = p * q;
      const length = k.n.length;
      const reference = nodeKey(k);
      const key = new RsaPrivateKey(module(), k);
      expect(key.modulusBytes).toBe(length);
      // Limbs of all ones and of all zeros, multiples of the primes, and what lies next to them.
      const ones = (1n << BigInt(n.toString(2).length - 1)) - 1n;
      for (const c of [
        0n,
        1n,
        n - 1n,
        p,
        q,
        p * (q - 1n),
        q * (p - 1n),
        p + 1n,
        q - 1n,
        ones,
        ones + 1n,
        1n << BigInt(bits),
        toBig(randomBytes(length)) % n,
      ]) {
        const input = fromBig(c, length);
        expect(Buffer.from(key.privateOp(input)).equals(oracle(reference, input)), `${c % 1000n}`).toBe(true);
        expect(Buffer.from(key.publicOp(input)).equals(oraclePublic(reference, input))).toBe(true);
      }
      key.wipe();
    }
  });

  it.each([1025, 1026, 1030, 1031, 2050])('agrees with node:crypto on a modulus of %i bits', (keyBits) => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: keyBits });
    const k = parts(privateKey);
    const key = new RsaPrivateKey(module(), k);
    const open = new RsaPublicKey(module(), k);
    for (let i = 0; i < 10; i++) {
      const input = fromBig(toBig(randomBytes(k.n.length)) % toBig(k.n), k.n.length);
      expect(Buffer.from(key.privateOp(input)).equals(oracle(privateKey, input))).toBe(true);
      expect(Buffer.from(open.publicOp(input)).equals(oraclePublic(privateKey, input))).toBe(true);
    }
    open.wipe();
    expect(() => open.publicOp(fromBig(2n, k.n.length))).toThrow(expect.objectContaining({ reason: 'bad-key' }));
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
    for (const name of ['dP', 'dQ', 'qInv', 'p', 'q', 'n'] as const) {
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
