import { type Bytes, copy } from '../codec/bytes.ts';
import { Builder } from '../codec/cursor.ts';
import type * as s from './structures.ts';

/*
 * Octet forms of the property values as a C caller sees them (cardmod.h, 32-bit layout, little-endian). Pointers have no octets: a
 * structure that holds them has its 32-bit size and is given with zeros in their place.
 */

const dwords = (...values: readonly number[]): Bytes => {
  const out = new Builder();
  for (const value of values) out.u32le(value);
  return out.finish();
};

export const encodeDword = (value: number): Bytes => dwords(value);
export const encodeBool = (value: boolean): Bytes => dwords(value ? 1 : 0);

/** UTF-16LE with each string ended by NUL and one more NUL at the end. */
export function encodeWideMultistring(strings: readonly string[]): Bytes {
  const out = new Builder();
  for (const text of strings) for (const character of `${text}\0`) out.u16le(character.charCodeAt(0));
  return out.u16le(0).finish();
}

/** 12 bytes. */
export const encodeCapabilities = (value: s.CARD_CAPABILITIES): Bytes =>
  dwords(value.dwVersion, Number(value.fCertificateCompression), Number(value.fKeyGen));

/** 16 bytes. */
export const encodeFreeSpaceInfo = (value: s.CARD_FREE_SPACE_INFO): Bytes =>
  dwords(value.dwVersion, value.dwBytesAvailable, value.dwKeyContainersAvailable, value.dwMaxKeyContainers);

/** 20 bytes. */
export const encodeKeySizes = (value: s.CARD_KEY_SIZES): Bytes =>
  dwords(value.dwVersion, value.dwMinimumBitlen, value.dwDefaultBitlen, value.dwMaximumBitlen, value.dwIncrementalBitlen);

/** 36 bytes; the cache policy stands at 20. */
export const encodePinInfo = (value: s.PIN_INFO): Bytes =>
  dwords(
    value.dwVersion,
    value.PinType,
    value.PinPurpose,
    value.dwChangePermission,
    value.dwUnblockPermission,
    value.PinCachePolicy.dwVersion,
    value.PinCachePolicy.PinCachePolicyType,
    value.PinCachePolicy.dwPinCachePolicyInfo,
    value.dwFlags,
  );

/** 24 bytes: the two buffers by their lengths at 8 and 16, their pointers as zeros at 12 and 20. */
export const encodeContainerInfo = (value: s.CONTAINER_INFO): Bytes =>
  dwords(value.dwVersion, value.dwReserved, value.pbSigPublicKey?.length ?? 0, 0, value.pbKeyExPublicKey?.length ?? 0, 0);

export const encodeOctets = (value: Uint8Array): Bytes => copy(value);
