/*
 * The door between JavaScript and the core, the same in both modules. All numbers are big-endian octets of fixed width, right-aligned
 * in their field. One instance of a module holds one key.
 */

/** Largest modulus, in octets. */
export const MODULUS_BYTES: i32 = 512;
/** Largest prime, in octets. */
export const PRIME_BYTES: i32 = 256;

export const IO_N: usize = memory.data(512, 16);
export const IO_E: usize = memory.data(32, 16);
export const IO_P: usize = memory.data(256, 16);
export const IO_Q: usize = memory.data(256, 16);
export const IO_DP: usize = memory.data(256, 16);
export const IO_DQ: usize = memory.data(256, 16);
export const IO_QINV: usize = memory.data(256, 16);
/** Random octets for the blinding factors of p and q. */
export const IO_RP: usize = memory.data(256, 16);
export const IO_RQ: usize = memory.data(256, 16);
export const IO_IN: usize = memory.data(512, 16);
export const IO_OUT: usize = memory.data(512, 16);
/** The private exponent of a key that has no primes. Scalar module only, as are the next two. */
export const IO_D: usize = memory.data(512, 16);
/** Mask of an OAEP data block, or the message that stands in for a refused one. */
export const IO_MASK: usize = memory.data(512, 16);
/** Hash of an OAEP label, or candidate lengths of the message that stands in. */
export const IO_AUX: usize = memory.data(256, 16);
/** Room for the check of a result and for p - 2. */
export const IO_TMP: usize = memory.data(512, 16);

/** Result codes. */
export const OK: i32 = 0;
/** Input not below the modulus. */
export const TOO_LARGE: i32 = 1;
/** s^e differs from the input: nothing is released. */
export const CHECK_FAILED: i32 = 2;
/** No key, or one of a size that does not fit. */
export const NO_KEY: i32 = 3;

/** 1 when a < b, both `length` octets; the run time depends on the length only. */
export function below(a: usize, b: usize, length: i32): i32 {
  let borrow: i32 = 0;
  for (let i = length - 1; i >= 0; i--) {
    const difference = <i32>load<u8>(a + i) - <i32>load<u8>(b + i) - borrow;
    borrow = (difference >> 31) & 1;
  }
  return borrow;
}

/** 1 when equal; the run time depends on the length only. */
export function same(a: usize, b: usize, length: i32): i32 {
  let difference: u32 = 0;
  for (let i = 0; i < length; i++) difference |= (<u32>load<u8>(a + i)) ^ (<u32>load<u8>(b + i));
  return <i32>((difference - 1) >> 31);
}

/** r = a - 2 over `length` octets, constant time. */
export function minusTwo(r: usize, a: usize, length: i32): void {
  let borrow: i32 = 2;
  for (let i = length - 1; i >= 0; i--) {
    const difference = <i32>load<u8>(a + i) - borrow;
    store<u8>(r + i, <u8>difference);
    borrow = (difference >> 31) & 1;
  }
}

/** Window `w` of five bits of a big-endian exponent; which octets are read depends on `w` only. */
export function window5(exponent: usize, length: i32, w: i32): u32 {
  const bit = w * 5;
  const at = length - 1 - (bit >> 3);
  let value: u32 = load<u8>(exponent + at);
  if (at > 0) value |= (<u32>load<u8>(exponent + at - 1)) << 8;
  return (value >> (bit & 7)) & 31;
}
