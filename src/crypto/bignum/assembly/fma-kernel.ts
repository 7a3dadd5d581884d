/*
 * Montgomery arithmetic for two moduli at once: one in each lane of an f64x2 vector, limbs of 50 bits held as doubles. A product of two
 * limbs is split exactly by two fused multiply-adds: with c1 = 1.5 * 2^102, hi = fma(a, b, c1) keeps the upper part in its mantissa and
 * lo = fma(a, b, (c1 + 1.5 * 2^52) - hi) the exact rest (Dekker 1971 in its fused form). The bit patterns of hi and lo are added as
 * 64-bit integers into columns that start from minus the sum of the biases. The limb count is a multiple of three, R = 2^(50 n) >= 8N.
 * Hardware without a fused multiply-add gives wrong numbers silently: {@link fused} tells.
 */

const T: usize = memory.data(3200, 16);
const C1: u64 = 0x4658000000000000;
const C3: u64 = 0x4338000000000000;
const MASK: u64 = (1 << 50) - 1;
const E52: u64 = 0x4330000000000000;
/** Octets of one pair of numbers. */
export const PAIR_BYTES: i32 = 1344;

@inline function c1v(): v128 {
  return i64x2.splat(C1);
}
@inline function c13v(): v128 {
  return f64x2.add(i64x2.splat(C1), i64x2.splat(C3));
}
@inline function fma(a: v128, b: v128, c: v128): v128 {
  return f64x2.relaxed_madd(a, b, c);
}
@inline function bump(p: usize, k: i32, v: v128): void {
  const q = p + (<usize>k << 4);
  v128.store(q, i64x2.add(v128.load(q), v));
}

/** 1 when the multiply-add is fused in both lanes: (1 + u)^2 - (1 + 2u) is u^2 exactly, and 0 when the product was rounded first. */
export function fused(): i32 {
  const a = f64x2.splat(1.0 + 2.220446049250313e-16);
  const r = fma(a, a, f64x2.splat(-(1.0 + 4.440892098500626e-16)));
  const want = f64x2.splat(4.930380657631324e-32);
  return <i32>i64x2.all_true(i64x2.eq(r, want));
}

/** Prepares the start values of the columns of a field: for a product and a square that are reduced, and for a product alone. */
function setBias(f: usize): void {
  const n = load<i32>(f);
  for (let k = 0; k < 2 * n + 4; k++) {
    let low: u64 = 0;
    let high: u64 = 0;
    let lowSquare: u64 = 0;
    let highSquare: u64 = 0;
    for (let i = 0; i < n; i++) {
      let j = k - i;
      let inside = <u64>(j >= 0) & <u64>(j < n);
      low += inside;
      lowSquare += inside & <u64>(j >= i);
      j = k - 1 - i;
      inside = <u64>(j >= 0) & <u64>(j < n);
      high += inside;
      highSquare += inside & <u64>(j >= i);
    }
    const one = low * C3 + high * C1;
    const o = <usize>k << 4;
    v128.store(f + F_MUL + o, i64x2.splat(0 - one - one));
    v128.store(f + F_SQR + o, i64x2.splat(0 - (lowSquare * C3 + highSquare * C1) - one));
    v128.store(f + F_WIDE + o, i64x2.splat(0 - one));
  }
}

@inline function rows3(p: usize, a: usize, b0: v128, b1: v128, b2: v128, from: i32, n: i32, c1: v128, c13: v128): void {
  let A = i64x2.splat(0);
  let B = A;
  let C = A;
  let pa = a + (<usize>from << 4);
  let pp = p + (<usize>from << 4);
  const end = a + (<usize>n << 4);
  for (; pa < end; pa += 16, pp += 16) {
    const x = v128.load(pa);
    const h0 = fma(x, b0, c1);
    const h1 = fma(x, b1, c1);
    const h2 = fma(x, b2, c1);
    const l0 = fma(x, b0, f64x2.sub(c13, h0));
    const l1 = fma(x, b1, f64x2.sub(c13, h1));
    const l2 = fma(x, b2, f64x2.sub(c13, h2));
    v128.store(pp, i64x2.add(v128.load(pp), i64x2.add(A, l0)));
    A = i64x2.add(B, i64x2.add(h0, l1));
    B = i64x2.add(C, i64x2.add(h1, l2));
    C = h2;
  }
  bump(pp, 0, A);
  bump(pp, 1, B);
  bump(pp, 2, C);
}

function product(t: usize, a: usize, b: usize, n: i32, bias: usize): void {
  const c1 = c1v();
  const c13 = c13v();
  memory.copy(t, bias, <usize>(2 * n + 3) << 4);
  for (let i = 0; i < n; i += 3) {
    const q = b + (<usize>i << 4);
    rows3(t + (<usize>i << 4), a, v128.load(q), v128.load(q, 16), v128.load(q, 32), 0, n, c1, c13);
  }
}

@inline function one2(p: usize, k: i32, x: v128, y: v128, c1: v128, c13: v128): void {
  const h = fma(x, y, c1);
  bump(p, k, fma(x, y, f64x2.sub(c13, h)));
  bump(p, k + 1, h);
}

function square(t: usize, a: usize, n: i32, bias: usize): void {
  const c1 = c1v();
  const c13 = c13v();
  memory.copy(t, bias, <usize>(2 * n + 3) << 4);
  for (let i = 0; i < n; i += 3) {
    const q = a + (<usize>i << 4);
    const b0 = v128.load(q);
    const b1 = v128.load(q, 16);
    const b2 = v128.load(q, 32);
    const d0 = f64x2.add(b0, b0);
    const d1 = f64x2.add(b1, b1);
    const d2 = f64x2.add(b2, b2);
    const p = t + (<usize>i << 5);
    one2(p, 0, b0, b0, c1, c13);
    one2(p, 1, d0, b1, c1, c13);
    one2(p, 2, d0, b2, c1, c13);
    one2(p, 2, b1, b1, c1, c13);
    one2(p, 3, d1, b2, c1, c13);
    one2(p, 4, b2, b2, c1, c13);
    if (i + 3 < n) rows3(t + (<usize>i << 4), a, d0, d1, d2, i + 3, n, c1, c13);
  }
}

/** Doubles from the low 50 bits of both lanes. */
@inline function toDouble(x: v128): v128 {
  const e = i64x2.splat(E52);
  return f64x2.sub(v128.or(v128.and(x, i64x2.splat(MASK)), e), e);
}
/** Integers from non-negative doubles below 2^52. */
@inline function toInteger(x: v128): v128 {
  return v128.and(f64x2.add(x, i64x2.splat(E52)), i64x2.splat(0x000fffffffffffff));
}
/** Signed quotient digit x * k0 mod 2^50, in [-2^49, 2^49]. */
@inline function digit(x: v128, k0: v128, c1: v128, c13: v128): v128 {
  const f = toDouble(x);
  const h = fma(f, k0, c1);
  return f64x2.sub(fma(f, k0, f64x2.sub(c13, h)), i64x2.splat(C3));
}
@inline function low(m: v128, n: v128, h: v128, c13: v128): v128 {
  return fma(m, n, f64x2.sub(c13, h));
}

/** r = t / R mod N, in (0, 2N): the digits are signed, so one N is added at the end. */
function reduce(r: usize, t: usize, N: usize, k0: v128, n: i32): void {
  const c1 = c1v();
  const c13 = c13v();
  const c3 = i64x2.splat(C3);
  const n0 = v128.load(N);
  const n1 = v128.load(N, 16);
  const n2 = v128.load(N, 32);
  for (let i = 0; i < n; i += 3) {
    const p = t + (<usize>i << 4);
    let x0 = v128.load(p);
    const m0 = digit(i64x2.add(x0, c3), k0, c1, c13);
    const h00 = fma(m0, n0, c1);
    x0 = i64x2.add(x0, low(m0, n0, h00, c13));
    const h01 = fma(m0, n1, c1);
    const l01 = low(m0, n1, h01, c13);
    let x1 = i64x2.add(i64x2.add(v128.load(p, 16), i64x2.shr_s(x0, 50)), i64x2.add(h00, l01));
    const m1 = digit(i64x2.add(x1, c3), k0, c1, c13);
    const h10 = fma(m1, n0, c1);
    x1 = i64x2.add(x1, low(m1, n0, h10, c13));
    const h02 = fma(m0, n2, c1);
    const l02 = low(m0, n2, h02, c13);
    const h11 = fma(m1, n1, c1);
    const l11 = low(m1, n1, h11, c13);
    let x2 = i64x2.add(i64x2.add(i64x2.add(v128.load(p, 32), i64x2.shr_s(x1, 50)), i64x2.add(h01, l02)), i64x2.add(h10, l11));
    const m2 = digit(i64x2.add(x2, c3), k0, c1, c13);
    const h20 = fma(m2, n0, c1);
    x2 = i64x2.add(x2, low(m2, n0, h20, c13));
    const h12 = fma(m1, n2, c1);
    const l12 = low(m1, n2, h12, c13);
    const h21 = fma(m2, n1, c1);
    const l21 = low(m2, n1, h21, c13);
    const h22 = fma(m2, n2, c1);
    const l22 = low(m2, n2, h22, c13);
    bump(p, 3, i64x2.add(i64x2.shr_s(x2, 50), i64x2.add(i64x2.add(h02, l12), i64x2.add(i64x2.add(h11, l21), h20))));
    bump(p, 4, i64x2.add(i64x2.add(h12, l22), h21));
    bump(p, 5, h22);
    rows3(p, N, m0, m1, m2, 3, n, c1, c13);
  }
  let carry = i64x2.splat(0);
  for (let i = 0; i < n; i++) {
    const o = <usize>i << 4;
    carry = i64x2.add(carry, i64x2.add(v128.load(t + (<usize>n << 4) + o), toInteger(v128.load(N + o))));
    v128.store(r + o, toDouble(carry));
    carry = i64x2.shr_s(carry, 50);
  }
}

/* A pair of moduli: limb count, then per lane -1/N mod 2^50, N, R^2 mod N, R mod N. */
const F_K0: usize = 16;
const F_N: usize = 32;
const F_RR: usize = 32 + 1344;
const F_ONE: usize = 32 + 2688;
const F_MUL: usize = 32 + 4032;
const F_SQR: usize = F_MUL + 2816;
const F_WIDE: usize = F_SQR + 2816;
export const FIELD_BYTES: i32 = 12544;

export function limbsOf(f: usize): i32 {
  return load<i32>(f);
}
export function oneOf(f: usize): usize {
  return f + F_ONE;
}
export function squareOfR(f: usize): usize {
  return f + F_RR;
}
export function mul(r: usize, a: usize, b: usize, f: usize): void {
  const n = load<i32>(f);
  product(T, a, b, n, f + F_MUL);
  reduce(r, T, f + F_N, v128.load(f + F_K0), n);
}
export function sqr(r: usize, a: usize, f: usize): void {
  const n = load<i32>(f);
  square(T, a, n, f + F_SQR);
  reduce(r, T, f + F_N, v128.load(f + F_K0), n);
}

/** r = a + b with carries. */
export function add(r: usize, a: usize, b: usize, n: i32): void {
  let carry = i64x2.splat(0);
  for (let i = 0; i < n; i++) {
    const o = <usize>i << 4;
    carry = i64x2.add(carry, i64x2.add(toInteger(v128.load(a + o)), toInteger(v128.load(b + o))));
    v128.store(r + o, toDouble(carry));
    carry = i64x2.shr_s(carry, 50);
  }
}

/** r = a when a < N, else a - N, per lane. Constant time. */
export function canonical(r: usize, a: usize, f: usize): void {
  const n = load<i32>(f);
  const N = f + F_N;
  let borrow = i64x2.splat(0);
  for (let i = 0; i < n; i++) {
    const o = <usize>i << 4;
    borrow = i64x2.shr_s(i64x2.add(borrow, i64x2.sub(toInteger(v128.load(a + o)), toInteger(v128.load(N + o)))), 50);
  }
  const keep = i64x2.shr_s(borrow, 63);
  borrow = i64x2.splat(0);
  for (let i = 0; i < n; i++) {
    const o = <usize>i << 4;
    const x = toInteger(v128.load(a + o));
    borrow = i64x2.add(borrow, i64x2.sub(x, toInteger(v128.load(N + o))));
    v128.store(r + o, toDouble(v128.or(v128.and(x, keep), v128.andnot(borrow, keep))));
    borrow = i64x2.shr_s(borrow, 50);
  }
}

/** r = a - b + 2N, for a, b below 2N. */
export function subtract(r: usize, a: usize, b: usize, f: usize): void {
  const n = load<i32>(f);
  const N = f + F_N;
  let carry = i64x2.splat(0);
  for (let i = 0; i < n; i++) {
    const o = <usize>i << 4;
    carry = i64x2.add(carry, i64x2.add(i64x2.sub(toInteger(v128.load(a + o)), toInteger(v128.load(b + o))), i64x2.shl(toInteger(v128.load(N + o)), 1)));
    v128.store(r + o, toDouble(carry));
    carry = i64x2.shr_s(carry, 50);
  }
}

/** One lane from big-endian octets; which octet goes where depends on the lengths only. */
export function unpack(r: usize, lane: i32, n: i32, source: usize, length: i32): void {
  let pool: u64 = 0;
  let have = 0;
  let at = length - 1;
  for (let i = 0; i < n; i++) {
    while (have < 50) {
      if (at >= 0) pool |= <u64>load<u8>(source + at) << <u64>have;
      at--;
      have += 8;
    }
    store<f64>(r + (<usize>i << 4) + (<usize>lane << 3), <f64>(pool & MASK));
    pool >>= 50;
    have -= 50;
  }
}

/** Big-endian octets from one lane. */
export function pack(r: usize, length: i32, a: usize, lane: i32, n: i32): void {
  let pool: u64 = 0;
  let have = 0;
  let i = 0;
  for (let at = length - 1; at >= 0; at--) {
    if (have < 8) {
      if (i < n) pool |= <u64>load<f64>(a + (<usize>i << 4) + (<usize>lane << 3)) << <u64>have;
      i++;
      have += 50;
    }
    store<u8>(r + at, <u8>pool);
    pool >>= 8;
    have -= 8;
  }
}

/** -1/N mod 2^50 of a lane's lowest limb, by Newton's iteration. */
function negativeInverse(f: usize, lane: i32): void {
  const n0 = <u64>load<f64>(f + F_N + (<usize>lane << 3));
  let x: u64 = n0;
  for (let i = 0; i < 5; i++) x *= 2 - n0 * x;
  store<f64>(f + F_K0 + (<usize>lane << 3), <f64>((0 - x) & MASK));
}

/** Prepares two moduli of `length` octets each, one per lane. Constant time for a given size. */
export function setModuli(f: usize, first: usize, second: usize, length: i32): void {
  let n = 3;
  while (n * 50 < length * 8 + 3) n += 3;
  store<i32>(f, n);
  unpack(f + F_N, 0, n, first, length);
  unpack(f + F_N, 1, n, second, length);
  negativeInverse(f, 0);
  negativeInverse(f, 1);
  setBias(f);
  const one = f + F_ONE;
  memory.fill(one, 0, <usize>n << 4);
  v128.store(one, f64x2.splat(1));
  for (let i = 0; i < n * 50; i++) {
    add(one, one, one, n);
    canonical(one, one, f);
  }
  const rr = f + F_RR;
  add(rr, one, one, n);
  canonical(rr, rr, f);
  memory.copy(TWO, rr, <usize>n << 4);
  const exponent = n * 50;
  let bit = 1;
  while (bit << 1 <= exponent) bit <<= 1;
  for (bit >>= 1; bit > 0; bit >>= 1) {
    sqr(rr, rr, f);
    if ((exponent & bit) !== 0) mul(rr, rr, TWO, f);
  }
  canonical(rr, rr, f);
}
const TWO: usize = memory.data(1344, 16);

/** s = x + h * q in the first lane, 2n limbs; the second lane is left as it was. */
export function mulAdd(s: usize, x: usize, h: usize, q: usize, f: usize): void {
  const n = load<i32>(f);
  product(T, h, q, n, f + F_WIDE);
  let carry: i64 = 0;
  for (let i = 0; i < 2 * n; i++) {
    const o = <usize>i << 4;
    carry += load<i64>(T + o);
    if (i < n) carry += <i64>load<f64>(x + o);
    store<f64>(s + o, <f64>(<u64>carry & MASK));
    carry >>= 50;
  }
}

export function wipeKernel(): void {
  memory.fill(T, 0, 3200);
  memory.fill(TWO, 0, 1344);
}
