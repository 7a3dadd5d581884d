import { setFlagsFromString } from 'node:v8';
import { checkPrimeSync, generateKeyPairSync, generatePrimeSync, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { bytes, concat, copy, type Bytes } from '../../../src/codec/bytes.ts';
import { toHex } from '../../../src/codec/hex.ts';
import {
  checkPrivateKey,
  completePrivateKey,
  FOREIGN_ROUNDS,
  generatedPrimeRounds,
  loadKey,
  type RsaPrivateNumbers,
  type RsaPrivateParts,
} from '../../../src/crypto/bignum/index.ts';
import { loadBignum, loadScalar, putField } from '../../../src/crypto/bignum/module.ts';
import { fromBig, inverse, keyOf, oracle, parts, swapped, toBig } from './rsa-oracle.ts';

// Node 20 keeps relaxed SIMD behind this flag; Chromium has it on.
setFlagsFromString('--experimental-wasm-relaxed-simd');

const fresh = (bits: number): ReturnType<typeof parts> => parts(generateKeyPairSync('rsa', { modulusLength: bits }).privateKey);
const numbers = ['n', 'e', 'p', 'q', 'dP', 'dQ', 'qInv'] as const;
const values = (key: RsaPrivateParts): bigint[] => numbers.map((name) => toBig(key[name]));

describe('a key of n, e and d', () => {
  it.each([1024, 1026, 1536, 2048, 3072, 4096])('gets its primes back, the larger first, %i bits', async (bits) => {
    const k = fresh(bits);
    const whole = await completePrivateKey({ n: k.n, e: k.e, d: k.d });
    const ordered = toBig(k.p) > toBig(k.q) ? k : swapped(k);
    expect(values(whole)).toEqual(values(ordered));
  });

  it('also when d is taken modulo (p - 1)(q - 1), is larger still, or the primes are 1 modulo a high power of 2', async () => {
    const k = fresh(1024);
    const [p, q] = [toBig(k.p), toBig(k.q)];
    const totient = (p - 1n) * (q - 1n);
    for (const d of [inverse(65537n, totient), toBig(k.d)]) {
      const whole = await completePrivateKey({ n: k.n, e: k.e, d: fromBig(d, 128) });
      expect(new Set([toBig(whole.p), toBig(whole.q)])).toEqual(new Set([p, q]));
    }
    const special = (power: bigint, top: bigint): bigint => {
      for (let h = ((top << 508n) >> power) | 1n; ; h += 2n) {
        const candidate = (h << power) + 1n;
        if (checkPrimeSync(candidate) && candidate % 65537n !== 1n) return candidate;
      }
    };
    // 64 squarings are always done; more when they are needed.
    for (const [a, b] of [
      [special(70n, 15n), special(70n, 13n)],
      [special(100n, 15n), special(30n, 13n)],
    ] as const) {
      const key = keyOf(a, b);
      const whole = await completePrivateKey({ n: key.n, e: key.e, d: key.d });
      expect([toBig(whole.p), toBig(whole.q)]).toEqual([a, b]);
      await checkPrivateKey({ ...whole, d: key.d }, { rounds: 8 });
    }
  });

  it('with its primes gets the rest; with everything it is taken as it is', async () => {
    const k = fresh(2048);
    expect(values(await completePrivateKey({ n: k.n, e: k.e, d: k.d, p: k.p, q: k.q }))).toEqual(values(k));
    const whole = await completePrivateKey(k);
    expect(values(whole)).toEqual(values(k));
    expect(whole.p).not.toBe(k.p);
  });

  it('is refused when d does not belong to n, or is missing, or n has three primes', async () => {
    const k = fresh(1024);
    const d = copy(k.d);
    d[100] = (d[100] ?? 0) ^ 2;
    await expect(completePrivateKey({ n: k.n, e: k.e, d })).rejects.toMatchObject({ reason: 'bad-key' });
    await expect(completePrivateKey({ n: k.n, e: k.e })).rejects.toMatchObject({ reason: 'bad-key' });
    await expect(completePrivateKey({ n: k.n, e: k.e, d: concat(bytes([1]), k.d) })).rejects.toMatchObject({ reason: 'bad-key' });
    const primes: bigint[] = [];
    while (primes.length < 3) {
      const prime = generatePrimeSync(342, { bigint: true });
      if (prime % 65537n !== 1n) primes.push(prime);
    }
    const [a = 0n, b = 0n, c = 0n] = primes;
    const n = a * b * c;
    const exponent = inverse(65537n, (a - 1n) * (b - 1n) * (c - 1n));
    const octets = (value: bigint): Bytes => fromBig(value, Math.ceil(value.toString(2).length / 8));
    if (n.toString(2).length % 2 === 0)
      await expect(loadKey({ n: octets(n), e: k.e, d: octets(exponent) })).rejects.toMatchObject({ reason: 'bad-key' });
  });

  it('works when it is loaded', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const k = parts(privateKey);
    const key = await loadKey({ n: k.n, e: k.e, d: k.d }, { rounds: 4, withoutFma: true });
    const input = fromBig(toBig(randomBytes(256)) % toBig(k.n), 256);
    expect(toHex(key.privateOp(input))).toBe(oracle(privateKey, input).toString('hex'));
    key.wipe();
    await expect(loadKey({ n: k.n, e: k.e, d: k.d }, { trusted: true })).resolves.toMatchObject({ modulusBytes: 256 });
  });
});

describe('sizes', () => {
  it.each([
    [512, 'unsupported'],
    [1022, 'unsupported'],
    [1025, 'unsupported'],
    [2047, 'unsupported'],
    [4098, 'unsupported'],
  ])('%i bits are refused', async (bits, reason) => {
    const n = fromBig((1n << BigInt(bits - 1)) + 1n, Math.ceil(bits / 8));
    for (const run of [completePrivateKey, loadKey])
      await expect(run({ n, e: Uint8Array.of(1, 0, 1), d: n })).rejects.toMatchObject({ reason, layer: 'crypto' });
  });

  it('exponents outside of 2^16 .. 2^256, even ones and an even modulus are refused', async () => {
    const k = fresh(1024);
    const run = (change: Partial<RsaPrivateNumbers>): Promise<unknown> => completePrivateKey({ ...k, ...change });
    for (const e of [bytes([3]), bytes([1, 0, 0]), bytes([0xff, 0xff]), concat(bytes([1]), bytes(31), bytes([1, 1])), bytes(0)])
      await expect(run({ e })).rejects.toMatchObject({ reason: 'bad-key' });
    const even = copy(k.n);
    even[127] = (even[127] ?? 0) & 0xfe;
    await expect(run({ n: even })).rejects.toMatchObject({ reason: 'bad-key' });
  });
});

describe('checking a key', () => {
  it.each([1024, 2048, 4096])('a good one passes, in either order, with and without d, %i bits', async (bits) => {
    const k = fresh(bits);
    await checkPrivateKey(k, { rounds: generatedPrimeRounds(bits) });
    await checkPrivateKey({ ...swapped(k), d: k.d }, { rounds: 1 });
    const { d: _, ...without } = k;
    await checkPrivateKey(without, { rounds: 1 });
  });

  it('every number that does not belong is named', async () => {
    const k = fresh(1024);
    const other = fresh(1024);
    const refused = async (change: Partial<RsaPrivateParts & { d: Bytes }>): Promise<string> =>
      checkPrivateKey({ ...k, ...change }, { rounds: 1 }).then(
        () => 'accepted',
        (error: unknown) => (error as Error).message,
      );
    expect(await refused({})).toBe('accepted');
    expect(await refused({ n: other.n })).toBe('n is not the product of p and q');
    expect(await refused({ p: other.p })).toBe('n is not the product of p and q');
    expect(await refused({ dP: other.dP })).toBe('dP does not belong to p and e');
    expect(await refused({ dQ: other.dQ })).toBe('dQ does not belong to q and e');
    expect(await refused({ qInv: other.qInv })).toBe('qInv is not the inverse of q');
    expect(await refused({ d: other.d })).toBe('dP does not belong to p and e');
    expect(await refused({ e: bytes([1, 0, 3]) })).toMatch(/^dP/);
    // Right modulo p - 1, but not the smallest.
    expect(await refused({ dP: fromBig(toBig(k.dP) + toBig(k.p) - 1n, 65) })).toMatch(/prime is not of half|dP/);
    expect(await refused({ qInv: fromBig(toBig(k.qInv) + toBig(k.p), 65) })).toMatch(/prime is not of half|qInv/);
  });

  it('primes of unequal length, too close, and a small d are refused', async () => {
    const prime = (bits: number): bigint => {
      for (;;) {
        const found = generatePrimeSync(bits, { bigint: true });
        if (found % 65537n !== 1n) return found;
      }
    };
    const refused = (p: bigint, q: bigint, e?: bigint): Promise<string> =>
      checkPrivateKey(keyOf(p, q, e), { rounds: 1 }).then(
        () => 'accepted',
        (error: unknown) => (error as Error).message,
      );
    expect(await refused(prime(520), prime(504))).toMatch(/half the length/);
    const p = prime(512);
    let q = p + 2n;
    while (!checkPrimeSync(q)) q += 2n;
    expect(await refused(q, p)).toBe('the primes are too close to each other');
    let far = p - (1n << 413n) - ((p - (1n << 413n) + 1n) % 2n);
    while (!checkPrimeSync(far) || far % 65537n === 1n) far -= 2n;
    expect(await refused(p, far)).toBe('accepted');
    // A key made for a small d has an e of full length, beyond 2^256.
    const totient = (p - 1n) * (far - 1n);
    let d = (1n << 200n) + 1n;
    while ((inverse(d, totient) * d) % totient !== 1n) d += 2n;
    await expect(checkPrivateKey(keyOf(p, far, inverse(d, totient)))).rejects.toMatchObject({ reason: 'bad-key' });
  });
});

describe('primality', () => {
  /** Verdict of the core on one number as p, with another as q. */
  async function rounds(p: bigint, q: bigint, count: number, lengthBytes: number): Promise<number[]> {
    const core = (await loadScalar()).instantiate();
    putField(core, 'p', fromBig(p, lengthBytes));
    putField(core, 'q', fromBig(q, lengthBytes));
    const out: number[] = [];
    for (let i = 0; i < count; i++) {
      putField(core, 'rP', copy(randomBytes(lengthBytes)));
      putField(core, 'rQ', copy(randomBytes(lengthBytes)));
      out.push(core.strongRound(lengthBytes));
    }
    return out;
  }

  it('agrees with OpenSSL on random odd numbers, of which some are prime', async () => {
    let primes = 0;
    for (let i = 0; i < 120; i++) {
      const n = i % 4 === 0 ? generatePrimeSync(256, { bigint: true }) : toBig(randomBytes(32)) | 1n;
      const isPrime = checkPrimeSync(n, { checks: 20 });
      if (isPrime) primes++;
      const verdicts = await rounds(n, n, 6, 32);
      expect(verdicts.every((verdict) => verdict === 3)).toBe(isPrime);
    }
    expect(primes).toBeGreaterThanOrEqual(30);
  });

  it('finds composites that deceive: Carmichael numbers of two sizes, squares, Arnault’s number for fixed bases', async () => {
    // Arnault 1995: a strong pseudoprime to every prime base below 307.
    const p1 = 29674495668685510550154174642905332730771991799853043350995075531276838753171770199594238596428121188033664754218345562493168782883n;
    const arnault = p1 * (313n * (p1 - 1n) + 1n) * (353n * (p1 - 1n) + 1n);
    const prime = generatePrimeSync(256, { bigint: true });
    // Chernick: (6k + 1)(12k + 1)(18k + 1) with three primes.
    let k = 1n << 60n;
    while (![6n, 12n, 18n].every((m) => checkPrimeSync(m * k + 1n))) k++;
    const chernick = (6n * k + 1n) * (12n * k + 1n) * (18n * k + 1n);
    for (const composite of [561n, 3215031751n, arnault, chernick, prime * prime, prime * (2n * prime - 1n)]) {
      expect(checkPrimeSync(composite, { checks: 64 })).toBe(false);
      const length = Math.ceil(composite.toString(16).length / 2);
      const verdicts = await rounds(composite, composite, FOREIGN_ROUNDS, Math.max(8, length));
      expect(verdicts.some((verdict) => (verdict & 1) === 0)).toBe(true);
      expect(verdicts.some((verdict) => (verdict & 2) === 0)).toBe(true);
    }
  });

  it('p and q have their own verdicts; a key with a composite is refused', async () => {
    const prime = generatePrimeSync(256, { bigint: true });
    expect((await rounds(prime, prime + 2n * 3n, 8, 32)).every((verdict) => (verdict & 1) === 1)).toBe(true);
    const composite = ((): bigint => {
      for (;;) {
        const candidate = generatePrimeSync(256, { bigint: true }) * generatePrimeSync(256, { bigint: true });
        if (candidate.toString(2).length === 512 && candidate >> 510n === 3n && (inverse(65537n, candidate - 1n) * 65537n) % (candidate - 1n) === 1n)
          return candidate;
      }
    })();
    const other = generatePrimeSync(512, { bigint: true });
    for (const [p, q] of [
      [composite, other],
      [other, composite],
    ] as const) {
      const key = keyOf(p, q);
      await expect(checkPrivateKey(key)).rejects.toThrow('p or q is not prime');
    }
  });

  it('rounds: FIPS 186-5, table B.1, for one’s own primes; 2^-128 for others’', () => {
    expect([1024, 2048, 3072, 4096].map(generatedPrimeRounds)).toEqual([5, 5, 4, 4]);
    expect(FOREIGN_ROUNDS).toBe(64);
  });
});

describe('wiping', () => {
  it('after all work the memory of an instance is that of a fresh one', async () => {
    const module = await loadScalar();
    const core = module.instantiate();
    const memory = (of: { readonly memory: WebAssembly.Memory }): string => Buffer.from(of.memory.buffer).toString('base64');
    const untouched = memory(module.instantiate());
    const k = fresh(1024);
    for (const name of numbers) putField(core, name, k[name]);
    putField(core, 'd', k.d);
    putField(core, 'rP', copy(randomBytes(64)));
    putField(core, 'rQ', copy(randomBytes(64)));
    putField(core, 'input', copy(randomBytes(127)));
    expect(core.loadPublic(128, 3)).toBe(0);
    expect(core.checkKey(64, 512, 1)).toBe(0);
    expect(core.strongRound(64)).toBe(3);
    core.factor(64);
    core.deriveCrt(64);
    expect(core.loadPrivate(64)).toBe(0);
    core.privateOp();
    putField(core, 'mask', copy(randomBytes(128)));
    putField(core, 'aux', copy(randomBytes(256)));
    core.unpadPkcs1(128, 1);
    core.unpadOaep(128, 32);
    expect(memory(core)).not.toBe(untouched);
    core.wipe();
    expect(memory(core)).toBe(untouched);
  });

  it('so it is with the module of two lanes', async () => {
    const module = await loadBignum();
    const core = module.instantiate();
    const memory = (of: { readonly memory: WebAssembly.Memory }): string => Buffer.from(of.memory.buffer).toString('base64');
    const untouched = memory(module.instantiate());
    const k = fresh(1024);
    for (const name of numbers) putField(core, name, k[name]);
    putField(core, 'rP', copy(randomBytes(64)));
    putField(core, 'rQ', copy(randomBytes(64)));
    putField(core, 'input', copy(randomBytes(127)));
    expect([core.loadPublic(128, 3), core.loadPrivate(64), core.privateOp(), core.publicOp()]).toEqual([0, 0, 0, 0]);
    expect(memory(core)).not.toBe(untouched);
    core.wipe();
    expect(memory(core)).toBe(untouched);
  });
});
