import type { Bytes } from '../../codec/bytes.ts';
import { CodecError } from '../../codec/errors.ts';
import { fromHex, toHex } from '../../codec/hex.ts';
import { ia5String, oid, printableString, sequence, set, utf8String } from './build.ts';
import { type Asn1, parseDer } from './der.ts';
import { CertificateError } from './errors.ts';
import { ATTRIBUTE_OIDS, attributeName } from './oids.ts';
import { isString, oidOf, sequenceOf, setOf, textOf, utf8 } from './read.ts';

/** One attribute of a name. `value` is text; a value that is no character string is its DER in hexadecimal after '#'. */
export interface NameAttribute {
  /** Dotted text of the attribute type. */
  readonly type: string;
  readonly value: string;
}

/** A relative distinguished name: one attribute, rarely more. */
export type RelativeName = readonly NameAttribute[];

/** A distinguished name in the order of the encoding: country first, common name last. RFC 4514 text runs the other way. */
export type DistinguishedName = readonly RelativeName[];

/** Most characters of a name in text. */
const MAX_TEXT = 4096;
/** Upper bounds that matter to certificate authorities (RFC 5280, appendix A.1): ub-common-name and its kin. */
const MAX_VALUE = 1024;

function fail(message: string): never {
  throw new CertificateError('bad-name', message);
}

/** @throws CertificateError `malformed` */
export function readName(value: Asn1 | undefined, what: string): DistinguishedName {
  return sequenceOf(value, what).map((relative) => {
    const attributes = setOf(relative, what).map((attribute): NameAttribute => {
      const [type, content, third] = sequenceOf(attribute, what);
      if (content === undefined || third !== undefined) throw new CertificateError('malformed', `an attribute of ${what} is not type and value`);
      return { type: oidOf(type, what), value: isString(content) ? textOf(content, what) : `#${toHex(content.der)}` };
    });
    if (attributes.length === 0) throw new CertificateError('malformed', `an empty part of ${what}`);
    return attributes;
  });
}

function escaped(value: string): string {
  if (value.startsWith('#') && /^#([0-9a-f]{2})+$/.test(value)) return value;
  let out = '';
  const characters = [...value];
  characters.forEach((character, i) => {
    const edge = (i === 0 && (character === ' ' || character === '#')) || (i === characters.length - 1 && character === ' ');
    if (edge || /["+,;<>\\]/.test(character)) out += `\\${character}`;
    // Control characters and bidirectional overrides could disguise a name on screen: as hexadecimal pairs (RFC 4514, 2.4).
    else if (/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/.test(character))
      out += toHex(new TextEncoder().encode(character)).replace(/../g, '\\$&');
    else out += character;
  });
  return out;
}

/** RFC 4514 text, 'CN=Ada Lovelace,O=Example'. The empty name is the empty text. */
export function formatName(name: DistinguishedName): string {
  return [...name]
    .reverse()
    .map((relative) => relative.map(({ type, value }) => `${attributeName(type) ?? type}=${escaped(value)}`).join('+'))
    .join(',');
}

/** Reads RFC 4514 text character by character. */
class NameReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get done(): boolean {
    return this.#at >= this.#text.length;
  }

  next(): string | undefined {
    return this.#text[this.#at];
  }

  skipBlanks(): void {
    while (this.next() === ' ') this.#at++;
  }

  take(expected: string): boolean {
    if (this.next() !== expected) return false;
    this.#at++;
    return true;
  }

  /** Attribute type: a keyword of the table in any case, or dotted text. */
  type(): string {
    const match = /^(?:OID\.)?([A-Za-z][A-Za-z0-9-]*|[0-2](?:\.(?:0|[1-9][0-9]{0,14})){1,20})/i.exec(this.#text.slice(this.#at, this.#at + 200));
    if (match === null) return fail('an attribute type is missing');
    this.#at += match[0].length;
    const word = match[1] ?? '';
    if (/^[0-9]/.test(word)) return word;
    const known = Object.entries(ATTRIBUTE_OIDS).find(
      ([name]) => name.toLowerCase() === word.toLowerCase() || (name === 'emailAddress' && word.toUpperCase() === 'E'),
    );
    return known?.[1] ?? fail('an attribute type is unknown');
  }

  /** Attribute value up to an unescaped ',' or '+', blanks around it dropped unless escaped. */
  value(): string {
    this.skipBlanks();
    if (this.next() === '#') return this.#hexValue();
    const octets: number[] = [];
    let solidLength = 0;
    while (!this.done) {
      const character = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
      if (character === ',' || character === '+') break;
      if (/[";<>\u0000]/.test(character)) return fail('a character needs a backslash before it');
      if (character === '\\') {
        octets.push(...this.#escape());
        solidLength = octets.length;
        continue;
      }
      this.#at += character.length;
      octets.push(...new TextEncoder().encode(character));
      if (character !== ' ') solidLength = octets.length;
    }
    try {
      return utf8(Uint8Array.from(octets.slice(0, solidLength)), 'name');
    } catch {
      return fail('an escaped value is not UTF-8');
    }
  }

  #escape(): number[] {
    const pair = /^\\([0-9A-Fa-f]{2})/.exec(this.#text.slice(this.#at, this.#at + 3));
    if (pair !== null) {
      this.#at += 3;
      return [Number.parseInt(pair[1] ?? '', 16)];
    }
    const special = this.#text[this.#at + 1];
    if (special === undefined || !/[ "#+,;<=>\\]/.test(special)) return fail('a backslash before an ordinary character');
    this.#at += 2;
    return [special.charCodeAt(0)];
  }

  #hexValue(): string {
    const match = /^#((?:[0-9A-Fa-f]{2})+) *(?=[,+]|$)/.exec(this.#text.slice(this.#at));
    if (match === null) return fail('hexadecimal octets are malformed');
    this.#at += match[0].length;
    try {
      const der = fromHex(match[1] ?? '');
      const value = parseDer(der, { maxBytes: MAX_VALUE });
      return isString(value) ? textOf(value, 'name') : `#${toHex(der)}`;
    } catch (cause) {
      if (cause instanceof CertificateError || cause instanceof CodecError) return fail('hexadecimal octets are not DER');
      throw cause;
    }
  }
}

/**
 * A name from RFC 4514 text. Blanks around ',', '+' and '=' are allowed, as RFC 2253 readers do.
 * @throws CertificateError `bad-name` for text that is malformed, too long, has an unknown attribute type or an empty value
 */
export function parseName(text: string): DistinguishedName {
  if (text.length > MAX_TEXT) return fail('the name is too long');
  const reader = new NameReader(text);
  const out: NameAttribute[][] = [];
  let joined = false;
  reader.skipBlanks();
  while (!reader.done) {
    const type = reader.type();
    reader.skipBlanks();
    if (!reader.take('=')) return fail("'=' is missing");
    const value = reader.value();
    if (value === '') return fail('a value is empty');
    if (value.length > MAX_VALUE) return fail('a value is too long');
    const last = out.at(-1);
    if (joined && last !== undefined) last.push({ type, value });
    else out.push([{ type, value }]);
    if (reader.done) break;
    joined = reader.take('+');
    if (!joined && !reader.take(',')) return fail("',' is missing");
    reader.skipBlanks();
    if (reader.done) return fail('the name ends in a separator');
  }
  return out.reverse();
}

/** String types as RFC 5280, 4.1.2.4 and appendix A.1 want them: PrintableString where the attribute demands it, IA5String for mail and domain, else UTF8String. */
function attributeValue({ type, value }: NameAttribute): Bytes {
  if (/^#([0-9a-f]{2})+$/.test(value)) return fromHex(value.slice(1));
  const printable = /^[A-Za-z0-9 '()+,./:=?-]*$/.test(value);
  if (type === ATTRIBUTE_OIDS['C']) {
    if (!/^[A-Z]{2}$/.test(value)) return fail('a country is two capital letters');
    return printableString(value);
  }
  if (type === ATTRIBUTE_OIDS['serialNumber'] || type === ATTRIBUTE_OIDS['dnQualifier'])
    return printable ? printableString(value) : fail('a character is not allowed here');
  if (type === ATTRIBUTE_OIDS['emailAddress'] || type === ATTRIBUTE_OIDS['DC'])
    return /^[\u0001-\u007f]*$/.test(value) ? ia5String(value) : fail('a character is not allowed here');
  return utf8String(value);
}

/** Name in DER. @throws CertificateError `bad-name` */
export function buildName(name: DistinguishedName): Bytes {
  return sequence(...name.map((relative) => set(...relative.map((attribute) => sequence(oid(attribute.type), attributeValue(attribute))))));
}

/** The first value of an attribute, by its short name. */
export function nameValue(name: DistinguishedName, attribute: string): string | undefined {
  const type = ATTRIBUTE_OIDS[attribute];
  return name.flat().findLast((each) => each.type === type)?.value;
}
