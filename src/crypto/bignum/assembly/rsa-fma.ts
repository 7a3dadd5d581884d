/*
 * RSA on the two-lane kernel: both halves of the Chinese remainder theorem run at once, p in the first lane and q in the second
 * (RFC 8017, 5.1.2), with base blinding and the check s^e = c before a result is released. The public operation uses both lanes for
 * the same modulus. No branch, no address and no operand of a variable-time instruction depends on a secret.
 */
import {
  IO_DP,
  IO_DQ,
  IO_E,
  IO_IN,
  IO_N,
  IO_OUT,
  IO_P,
  IO_Q,
  IO_QINV,
  IO_RP,
  IO_RQ,
  IO_TMP,
  CHECK_FAILED,
  MODULUS_BYTES,
  NO_KEY,
  OK,
  PRIME_BYTES,
  TOO_LARGE,
  below,
  minusTwo,
  same,
  window5,
} from './io';
import {
  FIELD_BYTES,
  add,
  canonical,
  fused as isFused,
  limbsOf,
  mul,
  mulAdd,
  oneOf,
  pack,
  setModuli,
  sqr,
  squareOfR,
  subtract,
  unpack,
  wipeKernel,
} from './fma-kernel';

/** The modulus in both lanes; p and q. */
const FN: usize = memory.data(12544, 16);
const FPQ: usize = memory.data(12544, 16);
/** Blinding pair r^e and r^-1 in Montgomery form. */
const A: usize = memory.data(1344, 16);
const B: usize = memory.data(1344, 16);
const X: usize = memory.data(1344, 16);
const Y: usize = memory.data(1344, 16);
const Z: usize = memory.data(1344, 16);
const S: usize = memory.data(1344, 16);
const WIDE: usize = memory.data(2688, 16);
const TABLE: usize = memory.data(32 * 1344, 16);
const SECOND: usize = memory.data(256, 16);

let modulusBytes: i32 = 0;
let primeBytes: i32 = 0;
let exponentBytes: i32 = 0;

/** Where JavaScript puts and finds the fields of io.ts, by number. */
export function field(which: i32): usize {
  switch (which) {
    case 0:
      return IO_N;
    case 1:
      return IO_E;
    case 2:
      return IO_P;
    case 3:
      return IO_Q;
    case 4:
      return IO_DP;
    case 5:
      return IO_DQ;
    case 6:
      return IO_QINV;
    case 7:
      return IO_RP;
    case 8:
      return IO_RQ;
    case 9:
      return IO_IN;
    default:
      return IO_OUT;
  }
}

/** 1 when this machine fuses the multiply-add; otherwise nothing here may be used. */
export function fused(): i32 {
  return isFused();
}

/** r = table[index of each lane]; every entry is read, four at a time. */
function lookUp(r: usize, first: u32, second: u32, n: i32): void {
  const index = i64x2.replace_lane(i64x2.splat(<u64>first), 1, <u64>second);
  const end = (<usize>n) << 4;
  memory.fill(r, 0, end);
  for (let k: u64 = 0; k < 32; k += 4) {
    const m0 = i64x2.eq(i64x2.splat(k), index);
    const m1 = i64x2.eq(i64x2.splat(k + 1), index);
    const m2 = i64x2.eq(i64x2.splat(k + 2), index);
    const m3 = i64x2.eq(i64x2.splat(k + 3), index);
    let e = TABLE + <usize>k * 1344;
    for (let p = r; p < r + end; p += 16, e += 16) {
      const first = v128.or(v128.and(v128.load(e), m0), v128.and(v128.load(e, 1344), m1));
      const second = v128.or(v128.and(v128.load(e, 2688), m2), v128.and(v128.load(e, 4032), m3));
      v128.store(p, v128.or(v128.load(p), v128.or(first, second)));
    }
  }
}

/** r = base^(exponents of the lanes) in Montgomery form, fixed windows of five bits over the whole width. */
function power(r: usize, base: usize, first: usize, second: usize, length: i32, f: usize): void {
  const n = limbsOf(f);
  memory.copy(TABLE, oneOf(f), (<usize>n) << 4);
  memory.copy(TABLE + 1344, base, (<usize>n) << 4);
  for (let k = 2; k < 32; k += 2) {
    sqr(TABLE + <usize>k * 1344, TABLE + <usize>(k >> 1) * 1344, f);
    mul(TABLE + <usize>(k + 1) * 1344, TABLE + <usize>k * 1344, base, f);
  }
  let w = 0;
  while (w * 5 + 5 < length * 8) w++;
  lookUp(r, window5(first, length, w), window5(second, length, w), n);
  for (w--; w >= 0; w--) {
    for (let i = 0; i < 5; i++) sqr(r, r, f);
    lookUp(Z, window5(first, length, w), window5(second, length, w), n);
    mul(r, r, Z, f);
  }
}

/** r = base^e in Montgomery form; e is public. */
function publicPower(r: usize, base: usize, f: usize): void {
  memory.copy(r, base, (<usize>limbsOf(f)) << 4);
  const at = IO_E + <usize>(32 - exponentBytes);
  let bit = exponentBytes * 8 - 1;
  while ((((<i32>load<u8>(at + (exponentBytes - 1 - (bit >> 3)))) >> (bit & 7)) & 1) === 0) bit--;
  for (bit--; bit >= 0; bit--) {
    sqr(r, r, f);
    if ((((<i32>load<u8>(at + (exponentBytes - 1 - (bit >> 3)))) >> (bit & 7)) & 1) !== 0) mul(r, r, base, f);
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
  const at = IO_N + <usize>(MODULUS_BYTES - nBytes);
  setModuli(FN, at, at, nBytes);
  return OK;
}

/** Takes the private key after {@link loadPublic}: both primes in `pBytes` octets, and fresh blinding factors. */
export function loadPrivate(pBytes: i32): i32 {
  if (modulusBytes === 0 || pBytes < 4 || pBytes > PRIME_BYTES || pBytes * 2 < modulusBytes) return NO_KEY;
  primeBytes = pBytes;
  const at = <usize>(PRIME_BYTES - pBytes);
  setModuli(FPQ, IO_P + at, IO_Q + at, pBytes);
  reseed();
  return OK;
}

/** A new blinding pair from IO_RP and IO_RQ. */
export function reseed(): void {
  const at = <usize>(PRIME_BYTES - primeBytes);
  const n = limbsOf(FPQ);
  unpack(X, 0, n, IO_RP + at, primeBytes);
  unpack(X, 1, n, IO_RQ + at, primeBytes);
  mul(Y, X, squareOfR(FPQ), FPQ);
  publicPower(A, Y, FPQ);
  minusTwo(IO_TMP, IO_P + at, primeBytes);
  minusTwo(SECOND, IO_Q + at, primeBytes);
  power(B, Y, IO_TMP, SECOND, primeBytes, FPQ);
  memory.fill(IO_TMP, 0, MODULUS_BYTES);
  memory.fill(SECOND, 0, PRIME_BYTES);
  memory.fill(IO_RP, 0, PRIME_BYTES);
  memory.fill(IO_RQ, 0, PRIME_BYTES);
}

/** r = the number 1, not in Montgomery form, in both lanes. */
function plainOne(r: usize, n: i32): void {
  memory.fill(r, 0, (<usize>n) << 4);
  v128.store(r, f64x2.splat(1));
}

/** out = in^e mod n, both in `modulusBytes` octets. */
function raise(out: usize, source: usize): void {
  const n = limbsOf(FN);
  unpack(X, 0, n, source, modulusBytes);
  unpack(X, 1, n, source, modulusBytes);
  mul(Y, X, squareOfR(FN), FN);
  publicPower(X, Y, FN);
  plainOne(Y, n);
  mul(Z, X, Y, FN);
  canonical(Z, Z, FN);
  canonical(Z, Z, FN);
  pack(out, modulusBytes, Z, 0, n);
}

/** IO_OUT = IO_IN ^ e mod n. */
export function publicOp(): i32 {
  if (modulusBytes === 0) return NO_KEY;
  const at = <usize>(MODULUS_BYTES - modulusBytes);
  if (below(IO_IN + at, IO_N + at, modulusBytes) === 0) return TOO_LARGE;
  raise(IO_OUT + at, IO_IN + at);
  return OK;
}

/** IO_OUT = IO_IN ^ d mod n. Nothing is put out unless the result checks. */
export function privateOp(): i32 {
  if (primeBytes === 0) return NO_KEY;
  const at = <usize>(MODULUS_BYTES - modulusBytes);
  const pAt = <usize>(PRIME_BYTES - primeBytes);
  if (below(IO_IN + at, IO_N + at, modulusBytes) === 0) return TOO_LARGE;
  const n = limbsOf(FPQ);
  unpack(WIDE, 0, 2 * n, IO_IN + at, modulusBytes);
  unpack(WIDE, 1, 2 * n, IO_IN + at, modulusBytes);
  // c = low + high * R, so c * R = low * R + (high * R) * R.
  mul(X, WIDE, squareOfR(FPQ), FPQ);
  mul(Y, WIDE + ((<usize>n) << 4), squareOfR(FPQ), FPQ);
  mul(Y, Y, squareOfR(FPQ), FPQ);
  add(X, X, Y, n);
  mul(X, X, A, FPQ);
  power(S, X, IO_DP + pAt, IO_DQ + pAt, primeBytes, FPQ);
  mul(S, S, B, FPQ);
  sqr(A, A, FPQ);
  sqr(B, B, FPQ);
  // s_q as a plain number below q, brought to the first lane.
  plainOne(Y, n);
  mul(Z, S, Y, FPQ);
  canonical(Z, Z, FPQ);
  canonical(Z, Z, FPQ);
  for (let i = 0; i < n; i++) {
    const o = (<usize>i) << 4;
    v128.store(Z + o, v128.load64_splat(Z + o, 8));
  }
  // h = (s_p - s_q) * qInv mod p; the factor R of the difference falls away in the product.
  mul(X, Z, squareOfR(FPQ), FPQ);
  subtract(X, S, X, FPQ);
  unpack(Y, 0, n, IO_QINV + pAt, primeBytes);
  unpack(Y, 1, n, IO_QINV + pAt, primeBytes);
  mul(X, X, Y, FPQ);
  canonical(X, X, FPQ);
  canonical(X, X, FPQ);
  // s = s_q + h * q
  unpack(Y, 0, n, IO_Q + pAt, primeBytes);
  mulAdd(WIDE, Z, X, Y, FPQ);
  pack(IO_OUT + at, modulusBytes, WIDE, 0, 2 * n);
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
  memory.fill(SECOND, 0, 256);
  memory.fill(FN, 0, FIELD_BYTES);
  memory.fill(FPQ, 0, FIELD_BYTES);
  memory.fill(A, 0, 1344);
  memory.fill(B, 0, 1344);
  memory.fill(X, 0, 1344);
  memory.fill(Y, 0, 1344);
  memory.fill(Z, 0, 1344);
  memory.fill(S, 0, 1344);
  memory.fill(WIDE, 0, 2688);
  memory.fill(TABLE, 0, 32 * 1344);
  wipeKernel();
  modulusBytes = 0;
  primeBytes = 0;
  exponentBytes = 0;
}
