import { type Bytes, copy, wipe } from '../../codec/bytes.ts';
import { type RandomSource, systemRandom } from '../../codec/random.ts';
import { CryptoError } from '../errors.ts';
import { bitLength } from '../pkcs1.ts';
import { type BignumOptions, loadBignum, loadScalar, putField, type ScalarExports, takeField } from './module.ts';
import { significant } from './public-bigint.ts';
import { RsaPrivateKey, type RsaPrivateParts } from './rsa.ts';

/*
 * RSA private keys from outside, before they are used, imported into a card or injected. All work on private numbers is done in the
 * scalar module. Its run time depends on the key's size, on the outcome (a bad key is refused as soon as it is known to be bad), and on
 * how many random bases it takes to factor a modulus, which tells nothing of the key.
 */

/** A private key as it may come: n, e and d, or both primes as well, or all numbers (RFC 8017, 3.2). Big-endian. */
export interface RsaPrivateNumbers {
  readonly n: Bytes;
  readonly e: Bytes;
  readonly d?: Bytes;
  readonly p?: Bytes;
  readonly q?: Bytes;
  readonly dP?: Bytes;
  readonly dQ?: Bytes;
  readonly qInv?: Bytes;
}

export interface KeyCheckOptions {
  /** Miller-Rabin rounds for each prime; {@link FOREIGN_ROUNDS} when absent. */
  readonly rounds?: number;
  readonly random?: RandomSource;
}

/** Rounds for primes that somebody else chose, perhaps to deceive: a composite passes with probability 4^-64 = 2^-128 at most. */
export const FOREIGN_ROUNDS = 64;

/** Rounds for primes from one's own random search (FIPS 186-5, table B.1, error probability 2^-112 and, from 3072 bits, 2^-128). */
export function generatedPrimeRounds(modulusBits: number): number {
  return modulusBits < 3072 ? 5 : 4;
}

/** Each attempt succeeds with probability 1/2 at least. */
const MAX_FACTOR_ATTEMPTS = 128;

/** Bits of checkKey in assembly/keys.ts. */
const FLAWS = [
  'n is not the product of p and q',
  'a prime is not of half the length',
  'the primes are too close to each other',
  'dP does not belong to p and e',
  'dQ does not belong to q and e',
  'qInv is not the inverse of q',
  'd is too small',
];

/** Size and exponent, in public. @throws CryptoError `unsupported` for other sizes than even ones of 1024 to 4096 bits, `bad-key` */
function checkSize(n: Uint8Array, e: Uint8Array): number {
  const bits = bitLength(n);
  if (bits < 1024 || bits > 4096 || bits % 2 !== 0) throw new CryptoError('unsupported', `an RSA key of ${bits} bits`);
  if (((n.at(-1) ?? 0) & 1) === 0) throw new CryptoError('bad-key', 'an even RSA modulus');
  // 2^16 < e < 2^256, odd (FIPS 186-5, A.1.1, 1).
  const exponentBits = bitLength(e);
  if (((e.at(-1) ?? 0) & 1) === 0 || exponentBits < 17 || exponentBits > 256) throw new CryptoError('bad-key', 'an RSA public exponent out of range');
  return bits;
}

/** Octets of a prime of half the modulus. */
const primeBytesOf = (modulusBits: number): number => Math.ceil(modulusBits / 16);

async function withCore<T>(body: (core: ScalarExports) => T): Promise<T> {
  const core = (await loadScalar()).instantiate();
  try {
    return body(core);
  } finally {
    core.wipe();
  }
}

function loadPublic(core: ScalarExports, numbers: RsaPrivateNumbers): void {
  putField(core, 'n', numbers.n);
  putField(core, 'e', numbers.e);
  if (core.loadPublic(significant(numbers.n), significant(numbers.e)) !== 0) throw new CryptoError('bad-key', 'no usable key');
}

function isWhole(numbers: RsaPrivateNumbers): numbers is RsaPrivateParts {
  return [numbers.p, numbers.q, numbers.dP, numbers.dQ, numbers.qInv].every((number) => number !== undefined);
}

/**
 * The key with all numbers that the Chinese remainder theorem needs: from n, e and d by factoring n (SP 800-56B revision 2, appendix
 * C.1), or from the primes and d. The result is not yet checked: {@link checkPrivateKey}. The caller wipes it.
 * @throws CryptoError `unsupported`, `bad-key` (also when n has other than two primes), `wasm-forbidden`
 */
export async function completePrivateKey(numbers: RsaPrivateNumbers, random: RandomSource = systemRandom): Promise<RsaPrivateParts> {
  const bits = checkSize(numbers.n, numbers.e);
  const { n, e, d, p, q } = numbers;
  if (isWhole(numbers)) {
    const { dP, dQ, qInv } = numbers;
    return { n: copy(n), e: copy(e), p: copy(numbers.p), q: copy(numbers.q), dP: copy(dP), dQ: copy(dQ), qInv: copy(qInv) };
  }
  if (d === undefined || bitLength(d) > bits) throw new CryptoError('bad-key', 'the private exponent is missing or too long');
  return withCore((core) => {
    loadPublic(core, numbers);
    putField(core, 'd', d);
    const primeBytes = primeBytesOf(bits);
    if (p !== undefined && q !== undefined) {
      putField(core, 'p', p);
      putField(core, 'q', q);
    } else {
      let left = MAX_FACTOR_ATTEMPTS;
      for (let found = false; !found;) {
        if (left-- === 0) throw new CryptoError('bad-key', 'the private exponent does not belong to the modulus');
        putField(core, 'input', random(significant(n)));
        found = core.factor(primeBytes) === 1;
      }
    }
    core.deriveCrt(primeBytes);
    const take = (name: 'p' | 'q' | 'dP' | 'dQ' | 'qInv'): Bytes => takeField(core, name, primeBytes);
    return { n: copy(n), e: copy(e), p: take('p'), q: take('q'), dP: take('dP'), dQ: take('dQ'), qInv: take('qInv') };
  });
}

/**
 * Whether a private key may be used: numbers that belong together (SP 800-56B revision 2, 6.4.1.2.3), primes of the right size and
 * distance (FIPS 186-5, A.1.1) that are prime (B.3.1, {@link FOREIGN_ROUNDS} random bases each). A large key keeps the thread busy for
 * a second: embedders that mind do it in a worker.
 * @throws CryptoError `unsupported`, `bad-key` with what is wrong, `wasm-forbidden`
 */
export async function checkPrivateKey(key: RsaPrivateParts & { readonly d?: Bytes }, options: KeyCheckOptions = {}): Promise<void> {
  const bits = checkSize(key.n, key.e);
  const random = options.random ?? systemRandom;
  await withCore((core) => {
    loadPublic(core, key);
    for (const name of ['p', 'q', 'dP', 'dQ', 'qInv'] as const) putField(core, name, key[name]);
    if (key.d !== undefined) {
      if (bitLength(key.d) > bits) throw new CryptoError('bad-key', 'the private exponent is too long');
      putField(core, 'd', key.d);
    }
    const primeBytes = primeBytesOf(bits);
    // A prime that is longer than its half would be read without its top: it must not look like a shorter one.
    for (const name of ['p', 'q', 'dP', 'dQ', 'qInv'] as const)
      if (significant(key[name]) > primeBytes) throw new CryptoError('bad-key', FLAWS[1] ?? '');
    const wrong = core.checkKey(primeBytes, bits / 2, key.d === undefined ? 0 : 1);
    const flaw = FLAWS.find((_, i) => (wrong & (1 << i)) !== 0);
    if (flaw !== undefined) throw new CryptoError('bad-key', flaw);
    for (let round = options.rounds ?? FOREIGN_ROUNDS; round > 0; round--) {
      putField(core, 'rP', random(primeBytes));
      putField(core, 'rQ', random(primeBytes));
      if (core.strongRound(primeBytes) !== 3) throw new CryptoError('bad-key', 'p or q is not prime');
    }
  });
}

export interface LoadKeyOptions extends BignumOptions, KeyCheckOptions {
  /** The key was made or checked before: it is completed, but neither consistency nor primality is tested. */
  readonly trusted?: boolean;
}

/**
 * A private key ready for use in the fastest module: completed, checked, loaded. The caller keeps, and wipes, its own copy of the numbers.
 * @throws CryptoError `unsupported`, `bad-key`, `wasm-forbidden`
 */
export async function loadKey(numbers: RsaPrivateNumbers, options: LoadKeyOptions = {}): Promise<RsaPrivateKey> {
  const module = await loadBignum(options);
  const parts = await completePrivateKey(numbers, options.random);
  try {
    if (options.trusted !== true) await checkPrivateKey(numbers.d === undefined ? parts : { ...parts, d: numbers.d }, options);
    return new RsaPrivateKey(module, parts, options.random);
  } finally {
    wipe(parts.p, parts.q, parts.dP, parts.dQ, parts.qInv);
  }
}
