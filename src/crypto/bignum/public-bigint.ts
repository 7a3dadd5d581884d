import { type Bytes, leftPad } from '../../codec/bytes.ts';
import { toHex } from '../../codec/hex.ts';
import { CryptoError } from '../errors.ts';

/*
 * BigInt arithmetic, for public values only: its run time depends on them. It also works where WebAssembly is forbidden.
 */

/** Octets of a big-endian number without the zeros in front. */
export function significant(value: Uint8Array): number {
  let from = 0;
  while (from < value.length && value[from] === 0) from++;
  return value.length - from;
}

/** A big-endian number of public data. */
export function toBigInt(source: Uint8Array): bigint {
  return source.length === 0 ? 0n : BigInt(`0x${toHex(source)}`);
}

/** Big-endian octets, with zeros in front up to `lengthBytes`. */
export function fromBigInt(value: bigint, lengthBytes: number): Bytes {
  const hex = value.toString(16);
  const even = hex.length % 2 === 0 ? hex : `0${hex}`;
  return leftPad(
    Uint8Array.from(even.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)),
    lengthBytes,
  );
}

/** base^exponent mod modulus. */
export function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus;
    if (bit === '1') result = (result * base) % modulus;
  }
  return result;
}

/** m^e mod n on public values (RFC 8017, 5.2.2). @throws CryptoError `out-of-range`, `bad-key` for a modulus of 0 */
export function rsaPublic(n: Uint8Array, e: Uint8Array, input: Uint8Array): Bytes {
  const modulus = toBigInt(n);
  if (modulus === 0n) throw new CryptoError('bad-key', 'the modulus is zero');
  const base = toBigInt(input);
  if (base >= modulus) throw new CryptoError('out-of-range', 'the number is not below the modulus');
  return fromBigInt(power(base, toBigInt(e), modulus), significant(n));
}
