import { fromBER } from 'asn1js';
import { type Bytes, copy } from '../../codec/bytes.ts';
import { CertificateError } from './errors.ts';

/** One DER data value (X.690, 8.1 and 10.1), checked all the way down. */
export interface Asn1 {
  readonly tagClass: 'universal' | 'application' | 'context' | 'private';
  readonly tag: number;
  readonly constructed: boolean;
  /** Content octets. */
  readonly content: Bytes;
  /** Parts of a constructed value; empty for a primitive one. */
  readonly children: readonly Asn1[];
  /** Identifier, length and content octets. */
  readonly der: Bytes;
}

export interface DerLimits {
  /** Largest input, in bytes. Default 65536. */
  readonly maxBytes?: number;
  /** Deepest nesting. Default 24. */
  readonly maxDepth?: number;
  /** Most values in all. Default 8192. */
  readonly maxValues?: number;
}

const CLASSES = ['universal', 'application', 'context', 'private'] as const;

/** Universal tags (X.680, 8.6) that certificates use. */
export const TAG = {
  boolean: 1,
  integer: 2,
  bitString: 3,
  octetString: 4,
  null: 5,
  oid: 6,
  enumerated: 10,
  utf8: 12,
  sequence: 16,
  set: 17,
  numeric: 18,
  printable: 19,
  teletex: 20,
  ia5: 22,
  utcTime: 23,
  generalizedTime: 24,
  visible: 26,
  universalString: 28,
  bmp: 30,
} as const;

/** Strings and the types that must be, or must not be, constructed in DER (X.690, 10.2). */
const ALWAYS_CONSTRUCTED: ReadonlySet<number> = new Set([TAG.sequence, TAG.set]);

interface Budget {
  values: number;
  readonly maxDepth: number;
}

function fail(message: string): never {
  throw new CertificateError('malformed', message);
}

/** Definite lengths in their shortest form (X.690, 10.1), up to three octets. */
function readLength(source: Uint8Array, at: number, end: number): { readonly from: number; readonly length: number } {
  const first = at < end ? source[at] : undefined;
  if (first === undefined) return fail(`length missing at offset ${at}`);
  if (first < 0x80) return { from: at + 1, length: first };
  const count = first & 0x7f;
  if (count === 0 || count > 3) return fail(`length form ${first.toString(16)} at offset ${at}`);
  let length = 0;
  for (let i = 1; i <= count; i++) {
    const octet = at + i < end ? source[at + i] : undefined;
    if (octet === undefined) return fail(`length cut off at offset ${at + i}`);
    length = length * 256 + octet;
  }
  if (length < 0x80 || (count > 1 && length < 256 ** (count - 1))) return fail(`length longer than needed at offset ${at}`);
  return { from: at + 1 + count, length };
}

function readValue(source: Uint8Array, at: number, end: number, depth: number, budget: Budget): Asn1 {
  if (depth > budget.maxDepth) throw new CertificateError('too-deep', `nested deeper than ${budget.maxDepth}`);
  if (--budget.values < 0) throw new CertificateError('too-large', 'too many values');
  const identifier = at < end ? source[at] : undefined;
  if (identifier === undefined) return fail(`value missing at offset ${at}`);
  const tag = identifier & 0x1f;
  if (tag === 0x1f) return fail(`tag number above 30 at offset ${at}`);
  const tagClass = CLASSES[identifier >>> 6] ?? 'universal';
  const constructed = (identifier & 0x20) !== 0;
  if (tagClass === 'universal' && tag === 0) return fail(`end-of-contents at offset ${at}`);
  if (tagClass === 'universal' && ALWAYS_CONSTRUCTED.has(tag) !== constructed) return fail(`tag ${tag} in the wrong form at offset ${at}`);
  const { from, length } = readLength(source, at + 1, end);
  const to = from + length;
  if (to > end) return fail(`value at offset ${at} says ${length} bytes, ${end - from} follow`);
  const children: Asn1[] = [];
  if (constructed) {
    for (let next = from; next < to;) {
      const child = readValue(source, next, to, depth + 1, budget);
      children.push(child);
      next += child.der.length;
    }
  }
  const value = { tagClass, tag, constructed, content: copy(source.subarray(from, to)), children, der: copy(source.subarray(at, to)) };
  checkContent(value);
  return value;
}

/** The types whose DER content has a form of its own (X.690, 8.2, 8.3, 8.6, 8.8, 8.19, 11.1). */
function checkContent({ tagClass, tag, content }: Asn1): void {
  if (tagClass !== 'universal') return;
  const first = content[0];
  switch (tag) {
    case TAG.boolean:
      if (content.length !== 1 || (first !== 0 && first !== 0xff)) fail('a BOOLEAN is 00 or FF');
      return;
    case TAG.integer:
    case TAG.enumerated: {
      const second = content[1] ?? 0;
      if (first === undefined) fail('an INTEGER without octets');
      if (content.length > 1 && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))) fail('an INTEGER longer than needed');
      return;
    }
    case TAG.bitString: {
      const unused = first ?? 8;
      const last = content.at(-1) ?? 0;
      if (unused > 7 || (unused > 0 && content.length < 2) || (last & ((1 << unused) - 1) & (content.length > 1 ? 0xff : 0)) !== 0)
        fail('a BIT STRING with wrong unused bits');
      return;
    }
    case TAG.null:
      if (content.length !== 0) fail('a NULL with content');
      return;
    case TAG.oid:
      if (first === undefined || (content.at(-1) ?? 0) >= 0x80) fail('an OBJECT IDENTIFIER cut off');
      content.forEach((octet, i) => {
        if (octet === 0x80 && (i === 0 || (content[i - 1] ?? 0) < 0x80)) fail('an OBJECT IDENTIFIER arc longer than needed');
      });
      return;
    default:
  }
}

/**
 * One DER value that fills `source`.
 * @throws CertificateError `malformed` for anything but DER and for trailing bytes, `too-large`, `too-deep`
 */
export function parseDer(source: Uint8Array, limits: DerLimits = {}): Asn1 {
  const maxBytes = limits.maxBytes ?? 65536;
  if (source.length > maxBytes) throw new CertificateError('too-large', `${source.length} bytes, at most ${maxBytes}`);
  const value = readValue(source, 0, source.length, 0, { values: limits.maxValues ?? 8192, maxDepth: limits.maxDepth ?? 24 });
  if (value.der.length !== source.length) fail(`${source.length - value.der.length} bytes follow the end`);
  return value;
}

/** asn1js' reading of one value that {@link parseDer} has checked. @throws CertificateError `malformed` */
export function typed(value: Asn1): ReturnType<typeof fromBER>['result'] {
  let answer;
  try {
    answer = fromBER(value.der);
  } catch (cause) {
    throw new CertificateError('malformed', 'a value that can not be read', { cause });
  }
  if (answer.offset !== value.der.length || answer.result.error !== '') throw new CertificateError('malformed', 'a value that can not be read');
  return answer.result;
}
