import {
  BitString,
  Boolean as BooleanBlock,
  GeneralizedTime,
  IA5String,
  Integer,
  Null,
  ObjectIdentifier,
  OctetString,
  PrintableString,
  UTCTime,
  Utf8String,
  type BaseBlock,
} from 'asn1js';
import { type Bytes, concat, copy } from '../../codec/bytes.ts';
import { writeTlv } from '../../codec/tlv.ts';

/*
 * DER under construction. Primitive values are encoded by asn1js; constructed ones are put together here, because asn1js 4 loses
 * ready encodings (its RawData) inside a constructed value.
 */

function encode(block: BaseBlock): Bytes {
  return new Uint8Array(block.toBER());
}

export function sequence(...parts: readonly Bytes[]): Bytes {
  return writeTlv(0x30, ...parts);
}

/** SET OF with its parts in the order that DER demands (X.690, 11.6). */
export function set(...parts: readonly Bytes[]): Bytes {
  const ordered = [...parts].sort((a, b) => {
    const at = a.findIndex((octet, i) => octet !== b[i]);
    return at < 0 ? a.length - b.length : (a[at] ?? 0) - (b[at] ?? 0);
  });
  return writeTlv(0x31, ...ordered);
}

export function oid(dotted: string): Bytes {
  return encode(new ObjectIdentifier({ value: dotted }));
}

/** INTEGER from a big-endian number that may not be negative; leading zeros do not count. */
export function unsigned(number: Uint8Array): Bytes {
  const first = number.findIndex((octet) => octet !== 0);
  const significant = first < 0 ? Uint8Array.of(0) : number.subarray(first);
  return encode(new Integer({ valueHex: concat(Uint8Array.from((significant[0] ?? 0) >= 0x80 ? [0] : []), significant).buffer }));
}

export function smallInteger(value: number): Bytes {
  return encode(new Integer({ value }));
}

export function boolean(value: boolean): Bytes {
  return encode(new BooleanBlock({ value }));
}

export function nothing(): Bytes {
  return encode(new Null());
}

export function octetString(content: Uint8Array): Bytes {
  return encode(new OctetString({ valueHex: copy(content).buffer }));
}

export function bitString(content: Uint8Array, unusedBits = 0): Bytes {
  return encode(new BitString({ valueHex: copy(content).buffer, unusedBits }));
}

/** BIT STRING of named bits without trailing zero bits (X.690, 11.2.2). */
export function namedBits(bits: readonly number[]): Bytes {
  const highest = Math.max(-1, ...bits);
  const content = new Uint8Array((highest + 8) >>> 3);
  for (const bit of bits) content[bit >>> 3] = (content[bit >>> 3] ?? 0) | (0x80 >>> (bit & 7));
  return bitString(content, content.length * 8 - 1 - highest);
}

export function utf8String(text: string): Bytes {
  return encode(new Utf8String({ value: text }));
}

export function printableString(text: string): Bytes {
  return encode(new PrintableString({ value: text }));
}

export function ia5String(text: string): Bytes {
  return encode(new IA5String({ value: text }));
}

/** [n] EXPLICIT of one value, or [n] IMPLICIT of a constructed type with these parts: the same octets. */
export function tagged(tag: number, ...parts: readonly Bytes[]): Bytes {
  return writeTlv(0xa0 + tag, ...parts);
}

/** [n] IMPLICIT of a primitive type with this content. */
export function taggedOctets(tag: number, content: Uint8Array): Bytes {
  return writeTlv(0x80 + tag, content);
}

/** UTCTime up to 2049, GeneralizedTime after (RFC 5280, 4.1.2.5). Whole seconds. */
export function time(at: Date): Bytes {
  const two = (n: number): string => String(n).padStart(2, '0');
  const rest = `${two(at.getUTCMonth() + 1)}${two(at.getUTCDate())}${two(at.getUTCHours())}${two(at.getUTCMinutes())}${two(at.getUTCSeconds())}Z`;
  const year = at.getUTCFullYear();
  if (year >= 1950 && year < 2050) return encode(new UTCTime({ value: `${two(year % 100)}${rest}` }));
  return encode(new GeneralizedTime({ value: `${String(year).padStart(4, '0')}${rest}` }));
}
