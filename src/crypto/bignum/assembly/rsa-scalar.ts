/*
 * RSA on the scalar kernel: the private operation with the Chinese remainder theorem (RFC 8017, 5.1.2), base blinding and the check
 * s^e = c before a result is released; the public operation. No branch, no address and no operand of a variable-time instruction
 * depends on a secret; sizes, the public exponent and the modulus are public.
 */
import {
  IO_DP, IO_DQ, IO_E, IO_IN, IO_N, IO_OUT, IO_P, IO_Q, IO_QINV, IO_RP, IO_RQ, IO_TMP,
  CHECK_FAILED, MODULUS_BYTES, NO_KEY, OK, PRIME_BYTES, TOO_LARGE, below, minusTwo, same, window5,
} from './io';
import { FIELD_BYTES, NUMBER_BYTES, add, canonical, limbsOf, mul, mulAdd, oneOf, pack, setModulus, sqr, squareOfR, subtract, unpack, widthOf, wipeKernel } from './scalar-kernel';

export const FN: usize = memory.data(2048, 16);
export const FP: usize = memory.data(2048, 16);
export const FQ: usize = memory.data(2048, 16);
/** Blinding pairs r^e and r^-1 in Montgomery form. */
const AP: usize = memory.data(640, 16);
const BP: usize = memory.data(640, 16);
const AQ: usize = memory.data(640, 16);
const BQ: usize = memory.data(640, 16);
export const X: usize = memory.data(640, 16);
export const Y: usize = memory.data(640, 16);
const Z: usize = memory.data(640, 16);
export const SP: usize = memory.data(640, 16);
const SQ: usize = memory.data(640, 16);
const WIDE: usize = memory.data(1280, 16);
/** 32 powers for the window method. */
const TABLE: usize = memory.data(32 * 640, 16);

export let modulusBytes: i32 = 0;
let primeBytes: i32 = 0;
let exponentBytes: i32 = 0;

/** All ones when k is the index, else 0. */
@inline function chosen(k: u32, index: u32): u64 {
  return <u64>(<i64>(<i32>((k ^ index) - 1) >> 31));
}

/** r = table[index]; every entry is read, four at a time, two limbs at a time. */
function lookUp(r: usize, index: u32, n: i32): void {
  const octets = <usize>n << 2;
  memory.fill(r, 0, octets);
  for (let k: u32 = 0; k < 32; k += 4) {
    const m0 = chosen(k, index);
    const m1 = chosen(k + 1, index);
    const m2 = chosen(k + 2, index);
    const m3 = chosen(k + 3, index);
    let e = TABLE + <usize>k * 640;
    const end = r + octets;
    for (let p = r; p < end; p += 8, e += 8)
      store<u64>(p, load<u64>(p) | (load<u64>(e) & m0) | (load<u64>(e, 640) & m1) | (load<u64>(e, 1280) & m2) | (load<u64>(e, 1920) & m3));
  }
}

/** r = base^exponent in Montgomery form, fixed windows of five bits over the whole width. */
export function power(r: usize, base: usize, exponent: usize, length: i32, f: usize): void {
  const n = limbsOf(f);
  memory.copy(TABLE, oneOf(f), <usize>n << 2);
  memory.copy(TABLE + 640, base, <usize>n << 2);
  for (let k = 2; k < 32; k += 2) {
    sqr(TABLE + <usize>k * 640, TABLE + <usize>(k >> 1) * 640, f);
    mul(TABLE + <usize>(k + 1) * 640, TABLE + <usize>k * 640, base, f);
  }
  let w = 0;
  while (w * 5 + 5 < length * 8) w++;
  lookUp(r, window5(exponent, length, w), n);
  for (w--; w >= 0; w--) {
    for (let i = 0; i < 5; i++) sqr(r, r, f);
    lookUp(Z, window5(exponent, length, w), n);
    mul(r, r, Z, f);
  }
}

/** r = base^e in Montgomery form; e is public. */
function publicPower(r: usize, base: usize, f: usize): void {
  const n = limbsOf(f);
  memory.copy(r, base, <usize>n << 2);
  const at = IO_E + <usize>(32 - exponentBytes);
  let bit = exponentBytes * 8 - 1;
  while (((<i32>load<u8>(at + (exponentBytes - 1 - (bit >> 3))) >> (bit & 7)) & 1) === 0) bit--;
  for (bit--; bit >= 0; bit--) {
    sqr(r, r, f);
    if (((<i32>load<u8>(at + (exponentBytes - 1 - (bit >> 3))) >> (bit & 7)) & 1) !== 0) mul(r, r, base, f);
  }
}

/** Takes the public key: modulus in `nBytes`, exponent in `eBytes` octets. */
export function loadPublic(nBytes: i32, eBytes: i32): i32 {
  if (nBytes < 8 || nBytes > MODULUS_BYTES || eBytes < 1 || eBytes > 32) return NO_KEY;
  modulusBytes = nBytes;
  exponentBytes = eBytes;
  let top = 0;
  for (let i = 32 - eBytes; i < 32; i++) top |= load<u8>(IO_E + i);
  if (top === 0 || (load<u8>(IO_N + MODULUS_BYTES - 1) & 1) === 0) return NO_KEY;
  setModulus(FN, nBytes * 8, IO_N + <usize>(MODULUS_BYTES - nBytes), nBytes);
  return OK;
}

/** Makes the blinding pair of one prime from the random octets at `random`. */
function blind(a: usize, b: usize, random: usize, prime: usize, f: usize): void {
  unpack(X, limbsOf(f), widthOf(f), random, primeBytes);
  mul(Y, X, squareOfR(f), f);
  publicPower(a, Y, f);
  minusTwo(IO_TMP, prime, primeBytes);
  power(b, Y, IO_TMP, primeBytes, f);
}

/** Takes the private key after {@link loadPublic}: both primes in `pBytes` octets, and fresh blinding factors. */
export function loadPrivate(pBytes: i32): i32 {
  if (modulusBytes === 0 || pBytes < 4 || pBytes > PRIME_BYTES || pBytes * 2 < modulusBytes) return NO_KEY;
  primeBytes = pBytes;
  const at = <usize>(PRIME_BYTES - pBytes);
  setModulus(FP, pBytes * 8, IO_P + at, pBytes);
  setModulus(FQ, pBytes * 8, IO_Q + at, pBytes);
  reseed();
  return OK;
}

/** New blinding pairs from IO_RP and IO_RQ. */
export function reseed(): void {
  const at = <usize>(PRIME_BYTES - primeBytes);
  blind(AP, BP, IO_RP + at, IO_P + at, FP);
  blind(AQ, BQ, IO_RQ + at, IO_Q + at, FQ);
  memory.fill(IO_RP, 0, PRIME_BYTES);
  memory.fill(IO_RQ, 0, PRIME_BYTES);
}

/** IO_OUT = IO_IN ^ e mod n. */
export function publicOp(): i32 {
  if (modulusBytes === 0) return NO_KEY;
  const at = <usize>(MODULUS_BYTES - modulusBytes);
  if (below(IO_IN + at, IO_N + at, modulusBytes) === 0) return TOO_LARGE;
  raise(IO_OUT + at, IO_IN + at);
  return OK;
}

/** out = in^e mod n, both in `modulusBytes` octets. */
function raise(out: usize, source: usize): void {
  const n = limbsOf(FN);
  const W = widthOf(FN);
  unpack(X, n, W, source, modulusBytes);
  mul(Y, X, squareOfR(FN), FN);
  publicPower(X, Y, FN);
  memory.fill(Y, 0, NUMBER_BYTES);
  store<u32>(Y, 1);
  mul(Z, X, Y, FN);
  canonical(Z, Z, FN);
  pack(out, modulusBytes, Z, n, W);
}

/** y = c^d mod one prime, in Montgomery form, below twice the prime. */
function half(y: usize, f: usize, exponent: usize, a: usize, b: usize): void {
  const n = limbsOf(f);
  const W = widthOf(f);
  unpack(WIDE, 2 * n, W, IO_IN + <usize>(MODULUS_BYTES - modulusBytes), modulusBytes);
  // c = low + high * R, so c * R = low * R + (high * R) * R.
  mul(X, WIDE, squareOfR(f), f);
  mul(Y, WIDE + (<usize>n << 2), squareOfR(f), f);
  mul(Y, Y, squareOfR(f), f);
  add(X, X, Y, n, W);
  mul(X, X, a, f);
  power(y, X, exponent, primeBytes, f);
  mul(y, y, b, f);
  sqr(a, a, f);
  sqr(b, b, f);
}

/** IO_OUT = IO_IN ^ d mod n. Nothing is put out unless the result checks. */
export function privateOp(): i32 {
  if (primeBytes === 0) return NO_KEY;
  const at = <usize>(MODULUS_BYTES - modulusBytes);
  const pAt = <usize>(PRIME_BYTES - primeBytes);
  if (below(IO_IN + at, IO_N + at, modulusBytes) === 0) return TOO_LARGE;
  half(SP, FP, IO_DP + pAt, AP, BP);
  half(SQ, FQ, IO_DQ + pAt, AQ, BQ);
  const n = limbsOf(FP);
  const W = widthOf(FP);
  // s_q as a plain number below q.
  memory.fill(Y, 0, NUMBER_BYTES);
  store<u32>(Y, 1);
  mul(SQ, SQ, Y, FQ);
  canonical(SQ, SQ, FQ);
  // h = (s_p - s_q) * qInv mod p; the factor R of the difference falls away in the product.
  mul(X, SQ, squareOfR(FP), FP);
  subtract(X, SP, X, FP);
  unpack(Y, n, W, IO_QINV + pAt, primeBytes);
  mul(X, X, Y, FP);
  canonical(X, X, FP);
  // s = s_q + h * q
  unpack(Y, n, W, IO_Q + pAt, primeBytes);
  mulAdd(WIDE, SQ, X, Y, FP);
  pack(IO_OUT + at, modulusBytes, WIDE, 2 * n, W);
  raise(IO_TMP + at, IO_OUT + at);
  const good = same(IO_TMP + at, IO_IN + at, modulusBytes);
  const mask = <u8>(0 - good);
  for (let i = 0; i < MODULUS_BYTES; i++) store<u8>(IO_OUT + i, load<u8>(IO_OUT + i) & mask);
  return (1 - good) * CHECK_FAILED;
}

/** Overwrites everything that came from a key or a message. */
export function wipe(): void {
  memory.fill(IO_N, 0, 512);
  memory.fill(IO_E, 0, 32);
  memory.fill(IO_P, 0, 256);
  memory.fill(IO_Q, 0, 256);
  memory.fill(IO_DP, 0, 256);
  memory.fill(IO_DQ, 0, 256);
  memory.fill(IO_QINV, 0, 256);
  memory.fill(IO_RP, 0, 256);
  memory.fill(IO_RQ, 0, 256);
  memory.fill(IO_IN, 0, 512);
  memory.fill(IO_OUT, 0, 512);
  memory.fill(IO_TMP, 0, 512);
  memory.fill(FN, 0, FIELD_BYTES);
  memory.fill(FP, 0, FIELD_BYTES);
  memory.fill(FQ, 0, FIELD_BYTES);
  memory.fill(AP, 0, 640);
  memory.fill(BP, 0, 640);
  memory.fill(AQ, 0, 640);
  memory.fill(BQ, 0, 640);
  memory.fill(X, 0, 640);
  memory.fill(Y, 0, 640);
  memory.fill(Z, 0, 640);
  memory.fill(SP, 0, 640);
  memory.fill(SQ, 0, 640);
  memory.fill(WIDE, 0, 1280);
  memory.fill(TABLE, 0, 32 * 640);
  wipeKernel();
  modulusBytes = 0;
  primeBytes = 0;
  exponentBytes = 0;
}
