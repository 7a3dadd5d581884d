/*
 * Plain integers in 32-bit limbs, lowest first, for work that is done once in a key's life. Slow and simple; run time and addresses
 * depend on the lengths only, never on a value.
 */

/** Octets that any number here needs: a modulus and a public exponent together. */
export const PLAIN_BYTES: i32 = 768;
const DIFFERENCE: usize = memory.data(768, 16);
const GCD: usize = memory.data(768, 16);

@inline export function limb32(p: usize, i: i32): u64 {
  return <u64>load<u32>(p + (<usize>i << 2));
}
@inline function put(p: usize, i: i32, v: u64): void {
  store<u32>(p + (<usize>i << 2), <u32>v);
}

/** r = a - b; the borrow, 0 or 1. */
export function minus(r: usize, a: usize, b: usize, n: i32): u32 {
  let borrow: u64 = 0;
  for (let i = 0; i < n; i++) {
    const d = limb32(a, i) - limb32(b, i) - borrow;
    put(r, i, d);
    borrow = d >> 63;
  }
  return <u32>borrow;
}

/** r = a - c for a small c; the borrow. */
export function minusSmall(r: usize, a: usize, c: u32, n: i32): u32 {
  let borrow: u64 = <u64>c;
  for (let i = 0; i < n; i++) {
    const d = limb32(a, i) - borrow;
    put(r, i, d);
    borrow = d >> 63;
  }
  return <u32>borrow;
}

/** r = b where the mask is all ones, else a. */
export function pick(r: usize, a: usize, b: usize, mask: u32, n: i32): void {
  for (let i = 0; i < n; i++) {
    const x = <u32>limb32(a, i);
    put(r, i, <u64>(x ^ ((x ^ <u32>limb32(b, i)) & mask)));
  }
}

/** All ones when x is 0, else 0. */
@inline export function zeroMask(x: u32): u32 {
  return ~(<u32>(<i32>(x | (0 - x)) >> 31));
}

/** All ones when the words of a and b are the same, else 0. */
export function equalMask(a: usize, b: usize, n: i32): u32 {
  let difference: u32 = 0;
  for (let i = 0; i < n; i++) difference |= <u32>(limb32(a, i) ^ limb32(b, i));
  return zeroMask(difference);
}

/** All ones when a is 1, else 0. */
export function oneMask(a: usize, n: i32): u32 {
  let difference: u32 = <u32>limb32(a, 0) ^ 1;
  for (let i = 1; i < n; i++) difference |= <u32>limb32(a, i);
  return zeroMask(difference);
}

/** All ones when a >= 2^bit, else 0; `bit` is public. */
export function reaches(a: usize, bit: i32, n: i32): u32 {
  const first = bit >> 5;
  if (first >= n) return 0;
  let some: u32 = <u32>limb32(a, first) >> (bit & 31);
  for (let i = first + 1; i < n; i++) some |= <u32>limb32(a, i);
  return ~zeroMask(some);
}

/** r = a * b; na + nb limbs. */
export function times(r: usize, a: usize, na: i32, b: usize, nb: i32): void {
  memory.fill(r, 0, <usize>(na + nb) << 2);
  for (let i = 0; i < na; i++) {
    let carry: u64 = 0;
    const x = limb32(a, i);
    for (let j = 0; j < nb; j++) {
      carry += limb32(r, i + j) + x * limb32(b, j);
      put(r, i + j, carry);
      carry >>= 32;
    }
    put(r, i + nb, carry);
  }
}

/** r = a mod m, bit by bit; m has n limbs and is not 0. */
export function remainder(r: usize, a: usize, na: i32, m: usize, n: i32): void {
  memory.fill(r, 0, <usize>n << 2);
  for (let bit = (na << 5) - 1; bit >= 0; bit--) {
    let carry = (limb32(a, bit >> 5) >> <u64>(bit & 31)) & 1;
    for (let i = 0; i < n; i++) {
      const v = (limb32(r, i) << 1) | carry;
      put(r, i, v);
      carry = v >> 32;
    }
    const borrow = minus(DIFFERENCE, r, m, n);
    pick(r, DIFFERENCE, r, 0 - (borrow & ~<u32>carry), n);
  }
}

/** r = a >> count, for a secret count below 8192. */
export function shiftRight(r: usize, a: usize, count: u32, n: i32): void {
  memory.copy(r, a, <usize>n << 2);
  for (let bit = 0; bit < 13; bit++) {
    const mask = <u64>(0 - ((count >> bit) & 1));
    const words = (1 << bit) >> 5;
    const rest = <u64>((1 << bit) & 31);
    for (let i = 0; i < n; i++) {
      let low: u64 = 0;
      if (i + words < n) low = limb32(r, i + words);
      if (i + words + 1 < n) low |= limb32(r, i + words + 1) << 32;
      const stay = limb32(r, i);
      put(r, i, stay ^ ((stay ^ (low >> rest)) & mask));
    }
  }
}

/** How often 2 divides a. */
export function valuation(a: usize, n: i32): u32 {
  let seen: u32 = 0;
  let count: u32 = 0;
  for (let i = 0; i < n << 5; i++) {
    seen |= <u32>(limb32(a, i >> 5) >> <u64>(i & 31)) & 1;
    count += 1 - seen;
  }
  return count;
}

/** b = gcd(a, b) for an odd b, by subtraction and halving; a becomes 0. As many steps as both numbers have bits. */
export function greatestCommonDivisor(a: usize, b: usize, n: i32): void {
  for (let step = 0; step < n << 6; step++) {
    const odd: u32 = 0 - (load<u32>(a) & 1);
    const swap: u32 = (0 - minus(DIFFERENCE, a, b, n)) & odd;
    minus(GCD, b, a, n);
    pick(DIFFERENCE, DIFFERENCE, GCD, swap, n);
    pick(b, b, a, swap, n);
    pick(a, a, DIFFERENCE, odd, n);
    let carry: u64 = 0;
    for (let i = n - 1; i >= 0; i--) {
      const v = limb32(a, i);
      put(a, i, (v >> 1) | (carry << 31));
      carry = v & 1;
    }
  }
}

export function wipeIntegers(): void {
  memory.fill(DIFFERENCE, 0, PLAIN_BYTES);
  memory.fill(GCD, 0, PLAIN_BYTES);
}
