/*
 * Keys before they are used: the primes of a key that has only n, e and d (SP 800-56B revision 2, appendix C.1), the numbers of the
 * Chinese remainder theorem, consistency (SP 800-56B revision 2, 6.4.1.2.3; FIPS 186-5, A.1.1) and primality (FIPS 186-5, B.3.1).
 * Run time and addresses depend on sizes only, but for one thing: when 2 divides p - 1 or e * d - 1 more than 64 times, the count shows.
 */
import { IO_D, IO_DP, IO_DQ, IO_E, IO_IN, IO_N, IO_P, IO_Q, IO_QINV, IO_RP, IO_RQ, IO_TMP, MODULUS_BYTES, PRIME_BYTES, minusTwo } from './io';
import { FN, FP, FQ, SP, X, Y, modulusBytes, power } from './rsa-scalar';
import { NUMBER_BYTES, add, canonical, limbsOf, modulusOf, mul, oneOf, pack, setModulus, sqr, squareOfR, unpack, widthOf } from './scalar-kernel';
import {
  PLAIN_BYTES, equalMask, greatestCommonDivisor, minus, minusSmall, oneMask, pick, reaches, remainder, shiftRight, times, valuation,
  wipeIntegers,
} from './integers';

const A: usize = memory.data(768, 16);
const B: usize = memory.data(768, 16);
const C: usize = memory.data(768, 16);
const D: usize = memory.data(768, 16);
const P: usize = memory.data(768, 16);
const Q: usize = memory.data(768, 16);
/** An exponent as octets. */
const EXPONENT: usize = memory.data(768, 16);
/** A square root of 1. */
const ROOT: usize = memory.data(640, 16);

/** Limbs of an exponent field. */
const E_LIMBS: i32 = 8;
/** Squarings that are always done. */
const SQUARINGS: i32 = 64;

@inline function limbs(octets: i32): i32 {
  return (octets + 3) >> 2;
}
/** A field's last `octets` octets as `n` limbs. */
@inline function read(r: usize, n: i32, field: usize, width: i32, octets: i32): void {
  unpack(r, n, 32, field + <usize>(width - octets), octets);
}
@inline function write(field: usize, octets: i32, a: usize, n: i32): void {
  pack(field + <usize>(PRIME_BYTES - octets), octets, a, n, 32);
}

/** r = r out of Montgomery form, below the modulus. */
function plain(r: usize, f: usize): void {
  memory.fill(Y, 0, NUMBER_BYTES);
  store<u32>(Y, 1);
  mul(r, r, Y, f);
  canonical(r, r, f);
}

/** All ones when x, below N, is -1 in Montgomery form. */
function isMinusOne(x: usize, f: usize): u32 {
  const n = limbsOf(f);
  add(Y, x, oneOf(f), n, widthOf(f));
  return equalMask(Y, modulusOf(f), n);
}

/**
 * One attempt to factor the modulus of {@link loadPublic} with the private exponent in IO_D and the random base in IO_IN: 1 when IO_P and
 * IO_Q, `pBytes` octets each and the larger first, were found. At least every second attempt succeeds for a key of two primes.
 */
export function factor(pBytes: i32): i32 {
  const n = limbs(modulusBytes);
  const wide = n + E_LIMBS;
  read(A, n, IO_D, MODULUS_BYTES, modulusBytes);
  read(B, E_LIMBS, IO_E, 32, 32);
  times(C, A, n, B, E_LIMBS);
  minusSmall(C, C, 1, wide);
  const count = valuation(C, wide);
  shiftRight(A, C, count, wide);
  pack(EXPONENT, wide << 2, A, wide, 32);
  const m = limbsOf(FN);
  unpack(X, m, widthOf(FN), IO_IN + <usize>(MODULUS_BYTES - modulusBytes), modulusBytes);
  mul(X, X, squareOfR(FN), FN);
  power(SP, X, EXPONENT, wide << 2, FN);
  canonical(SP, SP, FN);
  let done: u32 = 0;
  let rounds = SQUARINGS;
  while (rounds < <i32>count) rounds++;
  memory.fill(ROOT, 0, NUMBER_BYTES);
  for (let i = 0; i < rounds; i++) {
    sqr(X, SP, FN);
    canonical(X, X, FN);
    const hit = equalMask(X, oneOf(FN), m) & ~equalMask(SP, oneOf(FN), m) & ~isMinusOne(SP, FN) & ~done;
    pick(ROOT, ROOT, SP, hit, m);
    done |= hit;
    memory.copy(SP, X, NUMBER_BYTES);
  }
  // x^2 = 1 and x is not 1 or -1: one prime divides x - 1, the other x + 1.
  plain(ROOT, FN);
  const at = <usize>(MODULUS_BYTES - modulusBytes);
  pack(IO_TMP + at, modulusBytes, ROOT, m, widthOf(FN));
  read(C, n, IO_TMP, MODULUS_BYTES, modulusBytes);
  read(P, n, IO_N, MODULUS_BYTES, modulusBytes);
  memory.copy(Q, P, PLAIN_BYTES);
  minusSmall(A, C, 1, n);
  greatestCommonDivisor(A, P, n);
  // n - x - 1 has the same common divisor with n as x + 1.
  minus(A, Q, C, n);
  minusSmall(A, A, 1, n);
  greatestCommonDivisor(A, Q, n);
  const swap: u32 = 0 - minus(A, P, Q, n);
  pick(A, P, Q, swap, n);
  pick(B, Q, P, swap, n);
  write(IO_P, pBytes, A, n);
  write(IO_Q, pBytes, B, n);
  return <i32>(done & 1);
}

/** to = d mod (prime - 1), with d in D. */
function reduceExponent(to: usize, prime: usize, n: i32, pBytes: i32): void {
  const half = limbs(pBytes);
  read(A, half, prime, PRIME_BYTES, pBytes);
  minusSmall(A, A, 1, half);
  remainder(B, D, n, A, half);
  write(to, pBytes, B, half);
}

/** dP, dQ and qInv from d, p and q; p must be prime. */
export function deriveCrt(pBytes: i32): void {
  const n = limbs(modulusBytes);
  read(D, n, IO_D, MODULUS_BYTES, modulusBytes);
  reduceExponent(IO_DP, IO_P, n, pBytes);
  reduceExponent(IO_DQ, IO_Q, n, pBytes);
  // q^-1 = q^(p-2) mod p (Fermat).
  const at = <usize>(PRIME_BYTES - pBytes);
  setModulus(FP, pBytes * 8, IO_P + at, pBytes);
  unpack(X, limbsOf(FP), widthOf(FP), IO_Q + at, pBytes);
  mul(X, X, squareOfR(FP), FP);
  minusTwo(EXPONENT, IO_P + at, pBytes);
  power(SP, X, EXPONENT, pBytes, FP);
  plain(SP, FP);
  pack(IO_QINV + at, pBytes, SP, limbsOf(FP), widthOf(FP));
}

/** All ones when e * d is 1 modulo prime - 1 and, where d is given as a whole, the same residue. Leaves prime - 1 in A. */
function exponentFits(prime: usize, small: usize, half: i32, pBytes: i32, withD: i32): u32 {
  minusSmall(A, prime, 1, half);
  read(B, half, small, PRIME_BYTES, pBytes);
  read(C, E_LIMBS, IO_E, 32, 32);
  times(D, B, half, C, E_LIMBS);
  remainder(C, D, half + E_LIMBS, A, half);
  let good = oneMask(C, half);
  // Below prime - 1.
  good &= 0 - minus(C, B, A, half);
  if (withD !== 0) {
    const n = limbs(modulusBytes);
    read(D, n, IO_D, MODULUS_BYTES, modulusBytes);
    remainder(C, D, n, A, half);
    good &= equalMask(C, B, half);
  }
  return good;
}

/**
 * What is wrong with the key in the fields, as bits; 0 when nothing is: 1 n is not p * q; 2 a prime's size; 4 the primes are too close;
 * 8 dP; 16 dQ; 32 qInv; 64 d is too small. `half` is half the modulus' length in bits, above 100; `withD` 1 when IO_D counts.
 */
export function checkKey(pBytes: i32, half: i32, withD: i32): i32 {
  const n = limbs(pBytes);
  read(P, n, IO_P, PRIME_BYTES, pBytes);
  read(Q, n, IO_Q, PRIME_BYTES, pBytes);
  times(C, P, n, Q, n);
  read(D, 2 * n, IO_N, MODULUS_BYTES, modulusBytes);
  let wrong: u32 = 1 & ~equalMask(C, D, 2 * n);
  // sqrt(2) * 2^(half - 1) <= prime < 2^half (FIPS 186-5, A.1.1, 2): its square has 2 * half bits.
  times(C, P, n, P, n);
  let sized = reaches(C, 2 * half - 1, 2 * n) & ~reaches(P, half, n);
  times(C, Q, n, Q, n);
  sized &= reaches(C, 2 * half - 1, 2 * n) & ~reaches(Q, half, n);
  wrong |= 2 & ~sized;
  // |p - q| >= 2^(half - 100) (the same, 3).
  const swap: u32 = 0 - minus(C, P, Q, n);
  minus(D, Q, P, n);
  pick(C, C, D, swap, n);
  wrong |= 4 & ~reaches(C, half - 100, n);
  wrong |= 8 & ~exponentFits(P, IO_DP, n, pBytes, withD);
  wrong |= 16 & ~exponentFits(Q, IO_DQ, n, pBytes, withD);
  read(B, n, IO_QINV, PRIME_BYTES, pBytes);
  times(D, B, n, Q, n);
  remainder(C, D, 2 * n, P, n);
  const below: u32 = 0 - minus(D, B, P, n);
  wrong |= 32 & ~(oneMask(C, n) & below);
  if (withD !== 0) {
    const m = limbs(modulusBytes);
    read(D, m, IO_D, MODULUS_BYTES, modulusBytes);
    // d > 2^half (FIPS 186-5, A.1.1, 3 for d).
    wrong |= 64 & ~reaches(D, half, m);
  }
  return <i32>wrong;
}

/** All ones when an odd prime candidate passes one Miller-Rabin round with the random base at `base` (FIPS 186-5, B.3.1). */
function strong(field: usize, base: usize, pBytes: i32, f: usize): u32 {
  const at = <usize>(PRIME_BYTES - pBytes);
  const n = limbs(pBytes);
  setModulus(f, pBytes * 8, field + at, pBytes);
  read(A, n, field, PRIME_BYTES, pBytes);
  minusSmall(A, A, 1, n);
  const count = valuation(A, n);
  shiftRight(B, A, count, n);
  pack(EXPONENT, n << 2, B, n, 32);
  unpack(X, limbsOf(f), widthOf(f), base + at, pBytes);
  mul(X, X, squareOfR(f), f);
  power(SP, X, EXPONENT, n << 2, f);
  canonical(SP, SP, f);
  let good = equalMask(SP, oneOf(f), limbsOf(f)) | isMinusOne(SP, f);
  let rounds = SQUARINGS;
  while (rounds < <i32>count) rounds++;
  for (let i = 1; i < rounds; i++) {
    sqr(SP, SP, f);
    canonical(SP, SP, f);
    const counts = <u32>((i - <i32>count) >> 31);
    good |= isMinusOne(SP, f) & counts;
  }
  return good;
}

/** One round for p (base in IO_RP) and q (base in IO_RQ): bit 0 when p passes, bit 1 when q does. */
export function strongRound(pBytes: i32): i32 {
  const p = strong(IO_P, IO_RP, pBytes, FP);
  const q = strong(IO_Q, IO_RQ, pBytes, FQ);
  return <i32>((p & 1) | (q & 2));
}

export function wipeKeys(): void {
  memory.fill(A, 0, PLAIN_BYTES);
  memory.fill(B, 0, PLAIN_BYTES);
  memory.fill(C, 0, PLAIN_BYTES);
  memory.fill(D, 0, PLAIN_BYTES);
  memory.fill(P, 0, PLAIN_BYTES);
  memory.fill(Q, 0, PLAIN_BYTES);
  memory.fill(EXPONENT, 0, PLAIN_BYTES);
  memory.fill(ROOT, 0, NUMBER_BYTES);
  wipeIntegers();
}
