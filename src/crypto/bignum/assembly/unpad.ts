/*
 * Removal of RSA encryption paddings (RFC 8017, 7.1.2 and 7.2.2). Every octet is read whatever the others were, the verdict is gathered
 * in masks, and the message is moved to the front by shifts of all octets: neither block nor address tells a good block from a bad one,
 * nor a short message from a long one (Bleichenbacher 1998, Manger 2001). The length that is returned is the only thing that tells.
 */
import { IO_AUX, IO_IN, IO_MASK, IO_OUT, MODULUS_BYTES } from './io';

/** All ones when x is 0, else 0. */
@inline function isZero(x: u32): u32 {
  return ~(<u32>(<i32>(x | (0 - x)) >> 31));
}
/** All ones when a < b, else 0; both below 2^31. */
@inline function less(a: u32, b: u32): u32 {
  return <u32>(<i32>(a - b) >> 31);
}
@inline function octet(p: usize, i: i32): u32 {
  return <u32>load<u8>(p + <usize>i);
}

/** Moves the octets of IO_OUT towards the front by `count` (secret, at most `length`), filling up with zeros. */
function moveUp(length: i32, count: u32): void {
  for (let step = 1; step <= length; step <<= 1) {
    const mask = 0 - (count & 1);
    count >>= 1;
    for (let i = 0; i < length; i++) {
      const stay = octet(IO_OUT, i);
      let come: u32 = 0;
      if (i + step < length) come = octet(IO_OUT, i + step);
      store<u8>(IO_OUT + <usize>i, <u8>(stay ^ ((stay ^ come) & mask)));
    }
  }
}

/** Length of the message that stands in: the last candidate below k - 10 (draft-irtf-cfrg-rsa-guidance, 7.3, as OpenSSL 3.2 and later). */
function standInLength(k: i32): u32 {
  let ones = 1;
  while (ones < k - 10) ones = (ones << 1) | 1;
  let length: u32 = 0;
  for (let i = 0; i < 256; i += 2) {
    const candidate = ((octet(IO_AUX, i) << 8) | octet(IO_AUX, i + 1)) & <u32>ones;
    length ^= (length ^ candidate) & less(candidate, <u32>(k - 10));
  }
  return length;
}

/**
 * EME-PKCS1-v1_5 of the last `k` octets of IO_IN: the message is at the front of IO_OUT, its length is returned. A block that is not
 * padded as it should be gives -1 and zeros, or, with `implicit` = 1, the end of IO_MASK as IO_AUX says.
 */
export function unpadPkcs1(k: i32, implicit: i32): i32 {
  const block = IO_IN + <usize>(MODULUS_BYTES - k);
  const other = IO_MASK + <usize>(MODULUS_BYTES - k);
  let found: u32 = 0;
  let start: u32 = 0;
  for (let i = 2; i < k; i++) {
    const here = isZero(octet(block, i)) & ~found;
    start |= here & <u32>(i + 1);
    found |= here;
  }
  const good = isZero(octet(block, 0)) & isZero(octet(block, 1) ^ 2) & found & ~less(start, 11);
  const stands = 0 - <u32>implicit;
  const instead = (<u32>k - (standInLength(k) & stands)) & stands;
  start = (start & good) | (instead & ~good);
  const use = good | stands;
  for (let i = 0; i < k; i++) {
    const own = octet(block, i);
    store<u8>(IO_OUT + <usize>i, <u8>((own ^ ((own ^ octet(other, i)) & ~good)) & use));
  }
  moveUp(k, start);
  return <i32>((<u32>k - start) | ~use);
}

/**
 * EME-OAEP of the last `k` octets of IO_IN, after the caller has made the mask of the data block (end of IO_MASK) from the seed and put
 * the hash of the label, `h` octets, at the front of IO_AUX. The message is at the front of IO_OUT, its length is returned; -1 and zeros
 * otherwise.
 */
export function unpadOaep(k: i32, h: i32): i32 {
  const length = k - h - 1;
  const block = IO_IN + <usize>(MODULUS_BYTES - length);
  const mask = IO_MASK + <usize>(MODULUS_BYTES - length);
  for (let i = 0; i < length; i++) store<u8>(IO_OUT + <usize>i, <u8>(octet(block, i) ^ octet(mask, i)));
  let difference = octet(IO_IN, MODULUS_BYTES - k);
  for (let i = 0; i < h; i++) difference |= octet(IO_OUT, i) ^ octet(IO_AUX, i);
  let found: u32 = 0;
  let start: u32 = 0;
  let clean: u32 = 0xffffffff;
  for (let i = h; i < length; i++) {
    const value = octet(IO_OUT, i);
    const here = isZero(value ^ 1) & ~found;
    start |= here & <u32>(i + 1);
    found |= here;
    clean &= found | isZero(value);
  }
  const good = isZero(difference) & found & clean;
  for (let i = 0; i < length; i++) store<u8>(IO_OUT + <usize>i, <u8>(octet(IO_OUT, i) & good));
  moveUp(length, start & good);
  return <i32>((<u32>length - start) | ~good);
}
