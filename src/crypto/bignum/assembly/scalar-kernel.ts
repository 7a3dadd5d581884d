/*
 * Montgomery arithmetic on limbs of 27 to 29 bits in 32-bit words, products collected in 64-bit columns without carries
 * (Montgomery 1985; column-wise product scanning). Four rows of the product are taken at a time so that each column is loaded and
 * stored once for four products. Bounds: with n limbs of W bits a column collects at most 2n products, 2n * 2^(2W) < 2^64, hence
 * W = 28 up to 126 limbs and 27 above. The primes of RSA-2048 take 36 limbs of 29 bits instead of 40 of 28, a fifth fewer products; their
 * few columns in the middle are relieved between product and reduction. R = 2^(nW) >= 8N, so inputs below 4N give outputs below 2N and no subtraction is needed
 * between multiplications.
 */

/** Columns of one product. */
const T: usize = memory.data(2800, 16);

@inline function limb(p: usize, i: i32): u64 {
  return <u64>load<u32>(p + (<usize>i << 2));
}

@inline function bump(p: usize, k: i32, v: u64): void {
  const q = p + (<usize>k << 3);
  store<u64>(q, load<u64>(q) + v);
}

@inline function rows4(p: usize, a: usize, from: i32, n: i32, b0: u64, b1: u64, b2: u64, b3: u64, x1: u64, x2: u64, x3: u64): void {
  let a1 = x1;
  let a2 = x2;
  let a3 = x3;
  let pa = a + (<usize>from << 2);
  let pp = p + (<usize>from << 3);
  const end = a + (<usize>n << 2);
  for (; pa < end; pa += 16, pp += 32) {
    const c0 = <u64>load<u32>(pa);
    const c1 = <u64>load<u32>(pa, 4);
    const c2 = <u64>load<u32>(pa, 8);
    const c3 = <u64>load<u32>(pa, 12);
    store<u64>(pp, load<u64>(pp) + c0 * b0 + a1 * b1 + a2 * b2 + a3 * b3);
    store<u64>(pp, load<u64>(pp, 8) + c1 * b0 + c0 * b1 + a1 * b2 + a2 * b3, 8);
    store<u64>(pp, load<u64>(pp, 16) + c2 * b0 + c1 * b1 + c0 * b2 + a1 * b3, 16);
    store<u64>(pp, load<u64>(pp, 24) + c3 * b0 + c2 * b1 + c1 * b2 + c0 * b3, 24);
    a1 = c3;
    a2 = c2;
    a3 = c1;
  }
  store<u64>(pp, load<u64>(pp) + a1 * b1 + a2 * b2 + a3 * b3);
  store<u64>(pp, load<u64>(pp, 8) + a1 * b2 + a2 * b3, 8);
  store<u64>(pp, load<u64>(pp, 16) + a1 * b3, 16);
}

function product(t: usize, a: usize, b: usize, n: i32): void {
  memory.fill(t, 0, <usize>(2 * n + 4) << 3);
  for (let i = 0; i < n; i += 4) rows4(t + (<usize>i << 3), a, 0, n, limb(b, i), limb(b, i + 1), limb(b, i + 2), limb(b, i + 3), 0, 0, 0);
}

function square(t: usize, a: usize, n: i32): void {
  memory.fill(t, 0, <usize>(2 * n + 4) << 3);
  for (let i = 0; i < n; i += 4) {
    const b0 = limb(a, i);
    const b1 = limb(a, i + 1);
    const b2 = limb(a, i + 2);
    const b3 = limb(a, i + 3);
    const p = t + (<usize>i << 3);
    const d0 = b0 + b0;
    const d1 = b1 + b1;
    const d2 = b2 + b2;
    const d3 = b3 + b3;
    bump(p, i, b0 * b0);
    bump(p, i + 1, d0 * b1);
    bump(p, i + 2, d0 * b2 + b1 * b1);
    bump(p, i + 3, d0 * b3 + d1 * b2);
    bump(p, i + 4, d1 * b3 + b2 * b2);
    bump(p, i + 5, d2 * b3);
    bump(p, i + 6, b3 * b3);
    rows4(p, a, i + 4, n, d0, d1, d2, d3, 0, 0, 0);
  }
}

/** Columns from either end that hold all their products of 29 bits: 2 * 31 * 2^58 and the carries are below 2^64. */
const ROOM: i32 = 31;

/**
 * Moves what the middle columns hold above W bits one column up, where a product and its reduction together might not fit 64 bits: a
 * column has at most as many products of each as its place from the nearer end.
 */
function relieve(t: usize, n: i32, W: i32): void {
  const w = <u64>W;
  const M: u64 = (<u64>1 << w) - 1;
  let up: u64 = 0;
  for (let k = ROOM; k < 2 * n - 1 - ROOM; k++) {
    const q = t + (<usize>k << 3);
    const x = load<u64>(q);
    store<u64>(q, (x & M) + up);
    up = x >> w;
  }
  bump(t, 2 * n - 1 - ROOM, up);
}
/** r = t / R mod N, below 2N when t < 4N * 2N. Four quotient digits at a time. */
function reduce(r: usize, t: usize, N: usize, k0: u32, n: i32, W: i32): void {
  const w = <u64>W;
  const M: u64 = (<u64>1 << w) - 1;
  if (n > ROOM && W === 29) relieve(t, n, W);
  const n0 = limb(N, 0);
  const n1 = limb(N, 1);
  const n2 = limb(N, 2);
  const n3 = limb(N, 3);
  for (let i = 0; i < n; i += 4) {
    const p = t + (<usize>i << 3);
    let x0 = load<u64>(p);
    const m0 = <u64>(<u32>x0 * k0) & M;
    x0 += m0 * n0;
    let x1 = load<u64>(p, 8) + (x0 >> w) + m0 * n1;
    const m1 = <u64>(<u32>x1 * k0) & M;
    x1 += m1 * n0;
    let x2 = load<u64>(p, 16) + (x1 >> w) + m0 * n2 + m1 * n1;
    const m2 = <u64>(<u32>x2 * k0) & M;
    x2 += m2 * n0;
    let x3 = load<u64>(p, 24) + (x2 >> w) + m0 * n3 + m1 * n2 + m2 * n1;
    const m3 = <u64>(<u32>x3 * k0) & M;
    x3 += m3 * n0;
    store<u64>(p, load<u64>(p, 32) + (x3 >> w), 32);
    rows4(p, N, 4, n, m0, m1, m2, m3, n3, n2, n1);
  }
  let carry: u64 = 0;
  let q = t + (<usize>n << 3);
  for (let i = 0; i < n; i++, q += 8) {
    carry += load<u64>(q);
    store<u32>(r + (<usize>i << 2), <u32>(carry & M));
    carry >>= w;
  }
}

/* A modulus: its limbs and what Montgomery needs of it. Offsets into 2048 octets. */
const F_N: usize = 16;
const F_RR: usize = 16 + 640;
const F_ONE: usize = 16 + 1280;
/** Octets of one modulus record. */
export const FIELD_BYTES: i32 = 2048;
/** Octets that any number of the scalar core needs. */
export const NUMBER_BYTES: i32 = 640;

export function limbsOf(f: usize): i32 {
  return load<i32>(f);
}
export function widthOf(f: usize): i32 {
  return load<i32>(f, 4);
}
/** R mod N: the Montgomery form of 1. */
export function oneOf(f: usize): usize {
  return f + F_ONE;
}
/** N itself. */
export function modulusOf(f: usize): usize {
  return f + F_N;
}
/** R^2 mod N. */
export function squareOfR(f: usize): usize {
  return f + F_RR;
}

export function mul(r: usize, a: usize, b: usize, f: usize): void {
  const n = load<i32>(f);
  product(T, a, b, n);
  reduce(r, T, f + F_N, load<u32>(f, 8), n, load<i32>(f, 4));
}

export function sqr(r: usize, a: usize, f: usize): void {
  const n = load<i32>(f);
  square(T, a, n);
  reduce(r, T, f + F_N, load<u32>(f, 8), n, load<i32>(f, 4));
}

/** r = a + b over n limbs with carries. */
export function add(r: usize, a: usize, b: usize, n: i32, W: i32): void {
  const M: u32 = (<u32>1 << W) - 1;
  let carry: u32 = 0;
  for (let i = 0; i < n; i++) {
    const o = <usize>i << 2;
    carry += load<u32>(a + o) + load<u32>(b + o);
    store<u32>(r + o, carry & M);
    carry >>= W;
  }
}

/** r = a when a < N, else a - N; for a < 2N the canonical value. Constant time. */
export function canonical(r: usize, a: usize, f: usize): void {
  const n = load<i32>(f);
  const W = load<i32>(f, 4);
  const N = f + F_N;
  const M: u32 = (<u32>1 << W) - 1;
  let borrow: i32 = 0;
  for (let i = 0; i < n; i++) {
    const o = <usize>i << 2;
    borrow = (<i32>load<u32>(a + o) - <i32>load<u32>(N + o) + borrow) >> W;
  }
  const keep: u32 = <u32>(borrow >> 31);
  borrow = 0;
  for (let i = 0; i < n; i++) {
    const o = <usize>i << 2;
    const x = load<u32>(a + o);
    const d = <i32>x - <i32>load<u32>(N + o) + borrow;
    borrow = d >> W;
    store<u32>(r + o, (x & keep) | (<u32>d & M & ~keep));
  }
}

/** r = a - b + 2N, for a, b < 2N: positive, below 4N. */
export function subtract(r: usize, a: usize, b: usize, f: usize): void {
  const n = load<i32>(f);
  const W = load<i32>(f, 4);
  const N = f + F_N;
  const M: i32 = (1 << W) - 1;
  let carry: i32 = 0;
  for (let i = 0; i < n; i++) {
    const o = <usize>i << 2;
    carry += <i32>load<u32>(a + o) - <i32>load<u32>(b + o) + (<i32>load<u32>(N + o) << 1);
    store<u32>(r + o, <u32>(carry & M));
    carry >>= W;
  }
}

/** s = x + h * q as 2n limbs. */
export function mulAdd(s: usize, x: usize, h: usize, q: usize, f: usize): void {
  const n = load<i32>(f);
  const W = <u64>load<i32>(f, 4);
  const M: u64 = (<u64>1 << W) - 1;
  product(T, h, q, n);
  let carry: u64 = 0;
  for (let i = 0; i < n; i++) {
    carry += load<u64>(T + (<usize>i << 3)) + limb(x, i);
    store<u32>(s + (<usize>i << 2), <u32>(carry & M));
    carry >>= W;
  }
  for (let i = n; i < 2 * n; i++) {
    carry += load<u64>(T + (<usize>i << 3));
    store<u32>(s + (<usize>i << 2), <u32>(carry & M));
    carry >>= W;
  }
}

/** Limbs from big-endian octets; which octet goes where depends on the lengths only. */
export function unpack(r: usize, n: i32, W: i32, source: usize, length: i32): void {
  const M: u64 = (<u64>1 << <u64>W) - 1;
  let pool: u64 = 0;
  let have = 0;
  let at = length - 1;
  for (let i = 0; i < n; i++) {
    while (have < W) {
      if (at >= 0) pool |= <u64>load<u8>(source + at) << <u64>have;
      at--;
      have += 8;
    }
    store<u32>(r + (<usize>i << 2), <u32>(pool & M));
    pool >>= <u64>W;
    have -= W;
  }
}

/** Big-endian octets from limbs. */
export function pack(r: usize, length: i32, a: usize, n: i32, W: i32): void {
  let pool: u64 = 0;
  let have = 0;
  let i = 0;
  for (let at = length - 1; at >= 0; at--) {
    while (have < 8) {
      if (i < n) pool |= limb(a, i) << <u64>have;
      i++;
      have += W;
    }
    store<u8>(r + at, <u8>pool);
    pool >>= 8;
    have -= 8;
  }
}

/** Prepares a modulus of `length` octets for numbers of up to `bits` bits. Constant time for a given size. */
export function setModulus(f: usize, bits: i32, source: usize, length: i32): void {
  // Sizes are public, but the core holds no division and no choice at all, so that a search for them finds the wrong ones.
  const W = 28 - <i32>(bits > 3500) + <i32>(bits <= 1041);
  let n = 4;
  while (n * W < bits + 3) n += 4;
  store<i32>(f, n);
  store<i32>(f, W, 4);
  const N = f + F_N;
  unpack(N, n, W, source, length);
  // -1/N mod 2^W by Newton's iteration; x = N is right to three bits.
  const n0 = load<u32>(N);
  let x: u32 = n0;
  for (let i = 0; i < 4; i++) x *= 2 - n0 * x;
  store<u32>(f, (0 - x) & ((<u32>1 << W) - 1), 8);
  // R mod N by doubling 1; each step halves the excess by one masked subtraction.
  const one = f + F_ONE;
  memory.fill(one, 0, <usize>n << 2);
  store<u32>(one, 1);
  for (let i = 0; i < n * W; i++) {
    add(one, one, one, n, W);
    canonical(one, one, f);
  }
  // R^2 mod N: from the Montgomery form of 2, the power n * W (a public number).
  const rr = f + F_RR;
  add(rr, one, one, n, W);
  canonical(rr, rr, f);
  const exponent = n * W;
  let bit = 1;
  while (bit << 1 <= exponent) bit <<= 1;
  const two: usize = TWO;
  memory.copy(two, rr, <usize>n << 2);
  for (bit >>= 1; bit > 0; bit >>= 1) {
    sqr(rr, rr, f);
    if ((exponent & bit) !== 0) mul(rr, rr, two, f);
  }
  canonical(rr, rr, f);
}
const TWO: usize = memory.data(640, 16);

/** Overwrites the columns of the last product. */
export function wipeKernel(): void {
  memory.fill(T, 0, 2800);
  memory.fill(TWO, 0, 640);
}
