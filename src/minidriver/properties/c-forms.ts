import { type Bytes, copy } from '../../codec/bytes.ts';
import { Builder, Cursor } from '../../codec/cursor.ts';
import { CodecError } from '../../codec/errors.ts';
import type * as s from '../cardmod/structures.ts';

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

/* The same forms read. Each takes exactly its length. @throws CodecError `truncated`, `trailing` */

function readDwords(form: Uint8Array, count: number): number[] {
  const at = new Cursor(form);
  const values = Array.from({ length: count }, () => at.u32le());
  at.expectEnd();
  return values;
}

const one = (values: readonly number[], position: number): number => values[position] ?? 0;

export const decodeDword = (form: Uint8Array): number => one(readDwords(form, 1), 0);
export const decodeBool = (form: Uint8Array): boolean => decodeDword(form) !== 0;

/** @throws CodecError `truncated`, `bad-value` without the NUL at the end */
export function decodeWideMultistring(form: Uint8Array): string[] {
  const at = new Cursor(form);
  const strings: string[] = [];
  for (let text = ''; ;) {
    const unit = at.u16le();
    if (unit !== 0) {
      text += String.fromCharCode(unit);
      continue;
    }
    if (text === '') break;
    strings.push(text);
    text = '';
  }
  if (at.remaining > 0) throw new CodecError('trailing', 'octets behind the end of a multistring');
  return strings;
}

export function decodeCapabilities(form: Uint8Array): s.CARD_CAPABILITIES {
  const values = readDwords(form, 3);
  return { dwVersion: one(values, 0), fCertificateCompression: one(values, 1) !== 0, fKeyGen: one(values, 2) !== 0 };
}

export function decodeFreeSpaceInfo(form: Uint8Array): s.CARD_FREE_SPACE_INFO {
  const values = readDwords(form, 4);
  const [dwVersion, dwBytesAvailable] = [one(values, 0), one(values, 1)];
  return { dwVersion, dwBytesAvailable, dwKeyContainersAvailable: one(values, 2), dwMaxKeyContainers: one(values, 3) };
}

export function decodeKeySizes(form: Uint8Array): s.CARD_KEY_SIZES {
  const values = readDwords(form, 5);
  return {
    dwVersion: one(values, 0),
    dwMinimumBitlen: one(values, 1),
    dwDefaultBitlen: one(values, 2),
    dwMaximumBitlen: one(values, 3),
    dwIncrementalBitlen: one(values, 4),
  };
}

export function decodePinInfo(form: Uint8Array): s.PIN_INFO {
  const values = readDwords(form, 9);
  return {
    dwVersion: one(values, 0),
    PinType: one(values, 1),
    PinPurpose: one(values, 2),
    dwChangePermission: one(values, 3),
    dwUnblockPermission: one(values, 4),
    PinCachePolicy: { dwVersion: one(values, 5), PinCachePolicyType: one(values, 6), dwPinCachePolicyInfo: one(values, 7) },
    dwFlags: one(values, 8),
  };
}
