import { BaseStringBlock, ObjectIdentifier } from 'asn1js';
import { type Bytes, copy } from '../../codec/bytes.ts';
import { type Asn1, TAG, typed } from './der.ts';
import { CertificateError } from './errors.ts';

/*
 * Typed reading of checked DER. Each function says what it wants and throws CertificateError `malformed` for anything else.
 */

function fail(message: string): never {
  throw new CertificateError('malformed', message);
}

export function isUniversal(value: Asn1 | undefined, tag: number): value is Asn1 {
  return value?.tagClass === 'universal' && value.tag === tag;
}

export function isContext(value: Asn1 | undefined, tag: number): value is Asn1 {
  return value?.tagClass === 'context' && value.tag === tag;
}

function need(value: Asn1 | undefined, tag: number, what: string): Asn1 {
  return isUniversal(value, tag) ? value : fail(`${what} is missing or of another type`);
}

/** Parts of a SEQUENCE. */
export function sequenceOf(value: Asn1 | undefined, what: string): readonly Asn1[] {
  return need(value, TAG.sequence, what).children;
}

/** Parts of a SET. */
export function setOf(value: Asn1 | undefined, what: string): readonly Asn1[] {
  return need(value, TAG.set, what).children;
}

/** The only part of an explicitly tagged value (X.680, 31.2.5). */
export function explicit(value: Asn1, what: string): Asn1 {
  const [inner, second] = value.children;
  return inner === undefined || second !== undefined ? fail(`${what} does not hold one value`) : inner;
}

/** Dotted text of an OBJECT IDENTIFIER. Arcs of any size. */
export function oidOf(value: Asn1 | undefined, what: string): string {
  const block = typed(need(value, TAG.oid, what));
  return block instanceof ObjectIdentifier ? block.getValue() : fail(`${what} is no OBJECT IDENTIFIER`);
}

/** Two's complement octets of an INTEGER. */
export function integerOf(value: Asn1 | undefined, what: string): Bytes {
  return copy(need(value, TAG.integer, what).content);
}

/** Octets of an INTEGER that may not be negative, without the sign octet. */
export function unsignedOf(value: Asn1 | undefined, what: string): Bytes {
  const content = integerOf(value, what);
  if ((content[0] ?? 0) >= 0x80) fail(`${what} is negative`);
  return content.length > 1 && content[0] === 0 ? copy(content.subarray(1)) : content;
}

/** A small INTEGER that may not be negative. */
export function smallIntegerOf(value: Asn1 | undefined, what: string): number {
  const content = unsignedOf(value, what);
  if (content.length > 4) fail(`${what} is too large`);
  return content.reduce((sum, octet) => sum * 256 + octet, 0);
}

export function booleanOf(value: Asn1 | undefined, what: string): boolean {
  return need(value, TAG.boolean, what).content[0] === 0xff;
}

export function octetStringOf(value: Asn1 | undefined, what: string): Bytes {
  return copy(need(value, TAG.octetString, what).content);
}

/** A BIT STRING that holds whole octets. */
export function bitOctetsOf(value: Asn1 | undefined, what: string): Bytes {
  const { content } = need(value, TAG.bitString, what);
  return content[0] === 0 ? copy(content.subarray(1)) : fail(`${what} is not a whole number of octets`);
}

/** A BIT STRING of named bits: true at each index that is set. */
export function namedBitsOf(value: Asn1 | undefined, what: string): boolean[] {
  const { content } = need(value, TAG.bitString, what);
  const bits = (content.length - 1) * 8 - (content[0] ?? 0);
  return Array.from({ length: Math.max(0, bits) }, (_, i) => ((content[1 + (i >>> 3)] ?? 0) & (0x80 >>> (i & 7))) !== 0);
}

const STRING_TAGS: ReadonlySet<number> = new Set([
  TAG.utf8,
  TAG.numeric,
  TAG.printable,
  TAG.teletex,
  TAG.ia5,
  TAG.visible,
  TAG.universalString,
  TAG.bmp,
]);

/** Whether a value is of one of the character string types. */
export function isString(value: Asn1): boolean {
  return value.tagClass === 'universal' && STRING_TAGS.has(value.tag);
}

/** Text of a character string of any type. */
export function textOf(value: Asn1 | undefined, what: string): string {
  if (value === undefined || !isString(value)) return fail(`${what} is no character string`);
  if (value.tag === TAG.utf8) return utf8(value.content, what);
  if (value.tag !== TAG.teletex && value.tag !== TAG.bmp && value.tag !== TAG.universalString && value.content.some((octet) => octet >= 0x80))
    fail(`${what} has characters outside its type`);
  const block = typed(value);
  return block instanceof BaseStringBlock ? block.getValue() : fail(`${what} is no character string`);
}

/** Strict UTF-8. */
export function utf8(source: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(source);
  } catch {
    return fail(`${what} is not UTF-8`);
  }
}

/** Text of an implicitly tagged IA5String. */
export function ia5Of(value: Asn1, what: string): string {
  if (value.constructed || value.content.some((octet) => octet >= 0x80)) fail(`${what} is no IA5String`);
  return String.fromCharCode(...value.content);
}

/** UTCTime or GeneralizedTime in the forms of RFC 5280, 4.1.2.5: seconds given, Z, no fraction. */
export function timeOf(value: Asn1 | undefined, what: string): Date {
  const text =
    isUniversal(value, TAG.utcTime) || isUniversal(value, TAG.generalizedTime)
      ? String.fromCharCode(...value.content.subarray(0, 20))
      : fail(`${what} is no time`);
  const match = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  if (match === null || (match[1]?.length === 2) !== isUniversal(value, TAG.utcTime)) return fail(`${what} is not in the form of RFC 5280`);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  const fullYear = match[1]?.length === 4 ? year : year >= 50 ? 1900 + year : 2000 + year;
  const time = new Date(0);
  time.setUTCFullYear(fullYear, month - 1, day);
  time.setUTCHours(hour, minute, second);
  if (time.getUTCMonth() !== month - 1 || time.getUTCDate() !== day || time.getUTCHours() !== hour || time.getUTCMinutes() !== minute)
    fail(`${what} is no date`);
  return time;
}
