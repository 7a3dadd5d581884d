import { type Bytes, concat, copy } from './bytes.ts';
import { CodecError } from './errors.ts';

/** One BER-TLV data object (ISO/IEC 7816-4, 5.2.2; X.690, 8.1). `tag` holds the tag's octets as one number, 0x5FC102 for 5F C1 02. */
export interface Tlv {
  readonly tag: number;
  readonly value: Bytes;
}

export interface TlvLimits {
  /** Largest value accepted, in bytes. */
  readonly maxBytes?: number;
  /** Most data objects accepted at one level. */
  readonly maxCount?: number;
  /** Tags of one octet whatever their low bits say: PIV's inner tags are not BER (SP 800-73-4 part 1, appendix A). */
  readonly simpleTags?: boolean;
}

interface Head {
  readonly tag: number;
  readonly from: number;
  readonly length: number;
}

/**
 * Reads the tag and length at `at`. Indefinite lengths and tags over three octets are refused. Cards are seen to use longer
 * length forms than needed, so a non-minimal length up to three octets is accepted here; DER is checked by crypto/certificates.
 */
function head(source: Uint8Array, at: number, end: number, simpleTags: boolean): Head {
  const octet = (i: number): number => {
    const value = i < end ? source[i] : undefined;
    if (value === undefined) throw new CodecError('truncated', `data object cut off at offset ${i}`);
    return value;
  };
  let i = at;
  let tag = octet(i++);
  if (!simpleTags && (tag & 0x1f) === 0x1f) {
    let more = true;
    while (more) {
      if (i - at >= 3) throw new CodecError('bad-tag', `tag longer than three octets at offset ${at}`);
      const next = octet(i++);
      tag = tag * 256 + next;
      more = (next & 0x80) !== 0;
    }
  }
  const first = octet(i++);
  let length = first;
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count === 0 || count > 3) throw new CodecError('bad-length', `length form ${first.toString(16)} at offset ${i - 1}`);
    length = 0;
    for (let k = 0; k < count; k++) length = length * 256 + octet(i++);
  }
  return { tag, from: i, length };
}

/**
 * All data objects of one level. The whole input must be used up.
 * @throws CodecError `truncated`, `bad-tag`, `bad-length`, `too-large`
 */
export function readTlvs(source: Uint8Array, limits: TlvLimits = {}): Tlv[] {
  const out: Tlv[] = [];
  const maxCount = limits.maxCount ?? 256;
  let at = 0;
  while (at < source.length) {
    if (out.length >= maxCount) throw new CodecError('too-large', `more than ${maxCount} data objects`);
    const h = head(source, at, source.length, limits.simpleTags ?? false);
    if (h.length > (limits.maxBytes ?? 0xffff)) throw new CodecError('too-large', `data object of ${h.length} bytes`);
    if (h.from + h.length > source.length)
      throw new CodecError('truncated', `data object ${h.tag.toString(16)} says ${h.length} bytes, ${source.length - h.from} follow`);
    out.push({ tag: h.tag, value: copy(source.subarray(h.from, h.from + h.length)) });
    at = h.from + h.length;
  }
  return out;
}

/** The value of the single data object that fills `source`. @throws CodecError `bad-tag` for another tag, `trailing` for more than one. */
export function readSingle(source: Uint8Array, tag: number, limits: TlvLimits = {}): Bytes {
  const [only, second] = readTlvs(source, limits);
  if (only === undefined) throw new CodecError('missing', `no data object ${tag.toString(16)}`);
  if (only.tag !== tag) throw new CodecError('bad-tag', `expected data object ${tag.toString(16)}, found ${only.tag.toString(16)}`);
  if (second !== undefined) throw new CodecError('trailing', `more than the data object ${tag.toString(16)}`);
  return only.value;
}

/** The first value with `tag`, or undefined. */
export function findTlv(list: readonly Tlv[], tag: number): Bytes | undefined {
  return list.find((item) => item.tag === tag)?.value;
}

/** The first value with `tag`. @throws CodecError `missing` */
export function needTlv(list: readonly Tlv[], tag: number): Bytes {
  const value = findTlv(list, tag);
  if (value === undefined) throw new CodecError('missing', `no data object ${tag.toString(16)}`);
  return value;
}

/** Encodes one data object with the shortest length form. @throws CodecError `too-large` over three length octets */
export function writeTlv(tag: number, ...value: readonly Uint8Array[]): Bytes {
  const tagOctets: number[] = [];
  for (let rest = tag; rest > 0 || tagOctets.length === 0; rest = Math.floor(rest / 256)) tagOctets.unshift(rest % 256);
  let length = 0;
  for (const part of value) length += part.length;
  if (length > 0xffffff) throw new CodecError('too-large', `data object of ${length} bytes`);
  const lengthOctets =
    length < 0x80
      ? [length]
      : length < 0x100
        ? [0x81, length]
        : length < 0x10000
          ? [0x82, length >>> 8, length & 0xff]
          : [0x83, length >>> 16, (length >>> 8) & 0xff, length & 0xff];
  return concat(Uint8Array.from([...tagOctets, ...lengthOctets]), ...value);
}
