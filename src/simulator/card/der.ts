import { type Bytes, concat } from '../../codec/bytes.ts';
import { writeTlv } from '../../codec/tlv.ts';

/*
 * The little DER (X.690) that a card writes by itself: ECDSA signatures and attestation certificates. Codec's TLV writer gives the
 * shortest length form, which is DER's.
 */

export function sequence(...parts: readonly Uint8Array[]): Bytes {
  return writeTlv(0x30, ...parts);
}

export function setOf(part: Uint8Array): Bytes {
  return writeTlv(0x31, part);
}

/** INTEGER from an unsigned big-endian number: shortest form, a zero octet before a set top bit (X.690, 8.3.2). */
export function unsignedInteger(magnitude: Uint8Array): Bytes {
  let from = 0;
  while (from < magnitude.length - 1 && magnitude[from] === 0) from++;
  const shortest = magnitude.length === 0 ? Uint8Array.of(0) : magnitude.slice(from);
  return writeTlv(0x02, (shortest[0] ?? 0) >= 0x80 ? concat(Uint8Array.of(0), shortest) : shortest);
}

export function boolean(value: boolean): Bytes {
  return writeTlv(0x01, Uint8Array.of(value ? 0xff : 0x00));
}

/** BIT STRING; `unusedBits` of the last octet. */
export function bitString(octets: Uint8Array, unusedBits = 0): Bytes {
  return writeTlv(0x03, Uint8Array.of(unusedBits), octets);
}

export function octetString(octets: Uint8Array): Bytes {
  return writeTlv(0x04, octets);
}

export const NULL: Bytes = Uint8Array.of(0x05, 0x00);

/** OBJECT IDENTIFIER from its dotted form (X.690, 8.19). */
export function objectIdentifier(dotted: string): Bytes {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const octets: number[] = [];
  for (const arc of [40 * first + second, ...rest]) {
    const groups = [arc & 0x7f];
    for (let more = Math.floor(arc / 128); more > 0; more = Math.floor(more / 128)) groups.unshift((more & 0x7f) | 0x80);
    octets.push(...groups);
  }
  return writeTlv(0x06, Uint8Array.from(octets));
}

export function utf8String(text: string): Bytes {
  return writeTlv(0x0c, new TextEncoder().encode(text));
}

/** UTCTime or GeneralizedTime from `YYYYMMDDHHMMSSZ`, as RFC 5280, 4.1.2.5 chooses: UTCTime through 2049. */
export function time(text: string): Bytes {
  const octets = new TextEncoder().encode(text);
  return text < '2050' ? writeTlv(0x17, octets.slice(2)) : writeTlv(0x18, octets);
}

/** Context-specific constructed tag, explicit tagging. */
export function explicit(tag: number, part: Uint8Array): Bytes {
  return writeTlv(0xa0 | tag, part);
}
