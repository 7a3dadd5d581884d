import { type Bytes, copy } from '../../codec/bytes.ts';
import { toHex } from '../../codec/hex.ts';
import { boolean, namedBits, octetString, oid, sequence, smallInteger, tagged, taggedOctets, utf8String } from './build.ts';
import { type Asn1, parseDer, TAG } from './der.ts';
import { CertificateError } from './errors.ts';
import { decodeFascN, formatFascN } from './fasc-n.ts';
import { formatName, readName } from './names.ts';
import { OID, PURPOSE_OIDS, purposeName } from './oids.ts';
import {
  booleanOf,
  explicit,
  ia5Of,
  isContext,
  isString,
  isUniversal,
  namedBitsOf,
  octetStringOf,
  oidOf,
  sequenceOf,
  smallIntegerOf,
  textOf,
} from './read.ts';

/** One extension as it stands (RFC 5280, 4.2). */
export interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  /** Content of extnValue, normally DER. */
  readonly value: Bytes;
}

/** An alternative name in text (RFC 5280, 4.2.1.6). 'other' is dotted identifier and hexadecimal DER. */
export interface AlternativeName {
  readonly kind: 'upn' | 'email' | 'dns' | 'uri' | 'ip' | 'fasc-n' | 'directory' | 'other';
  readonly value: string;
}

/** Bits of KeyUsage in order (RFC 5280, 4.2.1.3). */
export const KEY_USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;

export type KeyUsage = (typeof KEY_USAGES)[number];

const MAX_EXTENSIONS = 64;

/** @throws CertificateError `malformed` for a broken list or an extension that comes twice (RFC 5280, 4.2) */
export function readExtensions(list: Asn1 | undefined): Extension[] {
  const parts = sequenceOf(list, 'extensions');
  if (parts.length > MAX_EXTENSIONS) throw new CertificateError('too-large', 'too many extensions');
  const out: Extension[] = [];
  for (const part of parts) {
    const fields = sequenceOf(part, 'extension');
    const critical = isUniversal(fields[1], TAG.boolean) ? booleanOf(fields[1], 'critical') : false;
    const value = fields[isUniversal(fields[1], TAG.boolean) ? 2 : 1];
    const extension = { oid: oidOf(fields[0], 'extension'), critical, value: octetStringOf(value, 'extension value') };
    if (out.some((each) => each.oid === extension.oid)) throw new CertificateError('malformed', `extension ${extension.oid} comes twice`);
    out.push(extension);
  }
  return out;
}

export function findExtension(list: readonly Extension[], dotted: string): Extension | undefined {
  return list.find((each) => each.oid === dotted);
}

function otherName(parts: readonly Asn1[]): AlternativeName {
  const type = oidOf(parts[0], 'other name');
  const wrapped = parts[1];
  if (!isContext(wrapped, 0)) throw new CertificateError('malformed', 'an other name without value');
  const value = explicit(wrapped, 'other name');
  if (type === OID.userPrincipalName && isString(value)) return { kind: 'upn', value: textOf(value, 'user principal name') };
  if (type === OID.fascN && isUniversal(value, TAG.octetString)) {
    try {
      return { kind: 'fasc-n', value: formatFascN(decodeFascN(value.content)) };
    } catch (error) {
      if (!(error instanceof CertificateError)) throw error;
      return { kind: 'fasc-n', value: toHex(value.content) };
    }
  }
  return { kind: 'other', value: `${type} ${toHex(value.der)}` };
}

function ipText(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join('.');
  return toHex(octets).replace(/(....)(?=.)/g, '$1:');
}

function generalName(value: Asn1): AlternativeName {
  if (value.tagClass !== 'context') throw new CertificateError('malformed', 'an alternative name of no known kind');
  switch (value.tag) {
    case 0:
      return otherName(value.children);
    case 1:
      return { kind: 'email', value: ia5Of(value, 'mail address') };
    case 2:
      return { kind: 'dns', value: ia5Of(value, 'domain name') };
    case 4:
      return { kind: 'directory', value: formatName(readName(explicit(value, 'directory name'), 'directory name')) };
    case 6:
      return { kind: 'uri', value: ia5Of(value, 'URI') };
    case 7:
      return { kind: 'ip', value: ipText(value.content) };
    default:
      return { kind: 'other', value: `[${value.tag}] ${toHex(value.content)}` };
  }
}

export function readAlternativeNames(list: readonly Extension[]): AlternativeName[] {
  const extension = findExtension(list, OID.subjectAltName);
  return extension === undefined ? [] : sequenceOf(parseDer(extension.value), 'alternative names').map(generalName);
}

/** Undefined when the extension is absent: then every use is allowed. */
export function readKeyUsage(list: readonly Extension[]): KeyUsage[] | undefined {
  const extension = findExtension(list, OID.keyUsage);
  if (extension === undefined) return undefined;
  const bits = namedBitsOf(parseDer(extension.value), 'key usage');
  return KEY_USAGES.filter((_, i) => bits[i] === true);
}

/** Names of known purposes, dotted text of others; undefined when the extension is absent. */
export function readPurposes(list: readonly Extension[]): string[] | undefined {
  const extension = findExtension(list, OID.extendedKeyUsage);
  return extension === undefined
    ? undefined
    : sequenceOf(parseDer(extension.value), 'extended key usage').map((each) => purposeName(oidOf(each, 'purpose')));
}

export function readSubjectKeyIdentifier(list: readonly Extension[]): Bytes | undefined {
  const extension = findExtension(list, OID.subjectKeyIdentifier);
  return extension === undefined ? undefined : octetStringOf(parseDer(extension.value), 'subject key identifier');
}

export function readAuthorityKeyIdentifier(list: readonly Extension[]): Bytes | undefined {
  const extension = findExtension(list, OID.authorityKeyIdentifier);
  if (extension === undefined) return undefined;
  const identifier = sequenceOf(parseDer(extension.value), 'authority key identifier').find((each) => isContext(each, 0));
  return identifier === undefined ? undefined : copy(identifier.content);
}

/** cA and pathLenConstraint; absent = not an authority. */
export function readBasicConstraints(list: readonly Extension[]): { readonly authority: boolean; readonly pathLength?: number } {
  const extension = findExtension(list, OID.basicConstraints);
  if (extension === undefined) return { authority: false };
  const [first, second] = sequenceOf(parseDer(extension.value), 'basic constraints');
  const authority = isUniversal(first, TAG.boolean) ? booleanOf(first, 'cA') : false;
  const length = isUniversal(first, TAG.boolean) ? second : first;
  return length === undefined ? { authority } : { authority, pathLength: smallIntegerOf(length, 'path length') };
}

function ia5Octets(text: string, what: string): Bytes {
  if (!/^[\u0021-\u007e]+$/.test(text)) throw new CertificateError('bad-name', `${what} has characters outside its type`);
  return copy(new TextEncoder().encode(text));
}

function buildAlternativeName({ kind, value }: AlternativeName): Bytes {
  switch (kind) {
    case 'upn':
      return tagged(0, oid(OID.userPrincipalName), tagged(0, utf8String(value)));
    case 'email':
      return taggedOctets(1, ia5Octets(value, 'a mail address'));
    case 'dns':
      return taggedOctets(2, ia5Octets(value, 'a domain name'));
    case 'uri':
      return taggedOctets(6, ia5Octets(value, 'a URI'));
    default:
      throw new CertificateError('unsupported', `alternative names of kind ${kind} are not written`);
  }
}

/** What requests and certificates of this project say about the key and its holder. */
export interface WantedExtensions {
  readonly alternativeNames?: readonly AlternativeName[];
  readonly keyUsage?: readonly KeyUsage[];
  /** Names of the purpose table or dotted text. */
  readonly purposes?: readonly string[];
  readonly basicConstraints?: { readonly authority: boolean; readonly pathLength?: number };
  readonly subjectKeyIdentifier?: Uint8Array;
  readonly authorityKeyIdentifier?: Uint8Array;
}

/** @throws CertificateError `bad-name`, `unsupported` */
export function buildExtensions(wanted: WantedExtensions): Extension[] {
  const out: Extension[] = [];
  const add = (dotted: string, critical: boolean, part: Bytes): void => {
    out.push({ oid: dotted, critical, value: part });
  };
  const { alternativeNames = [], keyUsage = [], purposes = [], basicConstraints: constraints } = wanted;
  if (constraints !== undefined) {
    const parts = constraints.authority
      ? [boolean(true), ...(constraints.pathLength === undefined ? [] : [smallInteger(constraints.pathLength)])]
      : [];
    add(OID.basicConstraints, true, sequence(...parts));
  }
  if (keyUsage.length > 0) add(OID.keyUsage, true, namedBits(keyUsage.map((each) => KEY_USAGES.indexOf(each))));
  if (purposes.length > 0) add(OID.extendedKeyUsage, false, sequence(...purposes.map((each) => oid(PURPOSE_OIDS[each] ?? each))));
  if (alternativeNames.length > 0) add(OID.subjectAltName, false, sequence(...alternativeNames.map(buildAlternativeName)));
  if (wanted.subjectKeyIdentifier !== undefined) add(OID.subjectKeyIdentifier, false, octetString(wanted.subjectKeyIdentifier));
  if (wanted.authorityKeyIdentifier !== undefined) add(OID.authorityKeyIdentifier, false, sequence(taggedOctets(0, wanted.authorityKeyIdentifier)));
  return out;
}

/** Extensions in DER. */
export function extensionsPart(list: readonly Extension[]): Bytes {
  return sequence(...list.map(({ oid: dotted, critical, value }) => sequence(oid(dotted), ...(critical ? [boolean(true)] : []), octetString(value))));
}
