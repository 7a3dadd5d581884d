import { type Bytes, bytes, concat } from '../codec/bytes.ts';
import { CodecError } from '../codec/errors.ts';
import { findTlv, needTlv, readTlvs, writeTlv } from '../codec/tlv.ts';
import { PIV_AID } from './aid.ts';

/* The smaller data objects of SP 800-73-4 part 1, appendix A, parsed leniently and built strictly. */

const ascii = (text: string): Bytes => bytes(Array.from(text, (c) => c.charCodeAt(0)));
const textOf = (field: Bytes | undefined): string | undefined => (field === undefined ? undefined : String.fromCharCode(...field.subarray(0, 255)));

/** Printed Information (table 14). All in ASCII. */
export interface PrintedInformation {
  readonly name: string;
  readonly affiliation: string;
  /** YYYYMMMDD, 2032DEC02. */
  readonly expiry: string;
  readonly cardSerialNumber: string;
  readonly issuer: string;
  readonly organization1?: string;
  readonly organization2?: string;
}

const PRINTED = [
  [0x01, 'name', 125],
  [0x02, 'affiliation', 20],
  [0x04, 'expiry', 9],
  [0x05, 'cardSerialNumber', 20],
  [0x06, 'issuer', 15],
  [0x07, 'organization1', 20],
  [0x08, 'organization2', 20],
] as const;

/** Undefined where a vendor keeps something else in the object (Yubico: 88, the management key). @throws CodecError */
export function parsePrinted(content: Bytes): Partial<PrintedInformation> | undefined {
  const fields = readTlvs(content, { simpleTags: true });
  if (findTlv(fields, 0x88) !== undefined) return undefined;
  return Object.fromEntries(PRINTED.flatMap(([tag, name]) => (findTlv(fields, tag) === undefined ? [] : [[name, textOf(findTlv(fields, tag))]])));
}

/** @throws CodecError `bad-value` for a field that is too long or not ASCII, or an expiry of another form */
export function buildPrinted(printed: PrintedInformation): Bytes {
  if (!/^\d{4}(JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)\d{2}$/.test(printed.expiry))
    throw new CodecError('bad-value', 'no date of the form YYYYMMMDD');
  const parts = PRINTED.flatMap(([tag, name, most]) => {
    const value = printed[name];
    if (value === undefined) return [];
    if (value.length > most || !/^[\x20-\x7e]*$/.test(value)) throw new CodecError('bad-value', `printed information ${name}`);
    return [writeTlv(tag, ascii(value))];
  });
  return concat(...parts, writeTlv(0xfe));
}

/** Discovery Object (3.3.2): what stands inside 7E. */
export interface Discovery {
  /** First octet of the PIN usage policy: 40 PIV PIN, 20 Global PIN, 10 OCC, 08 VCI, 04 VCI without pairing code. */
  readonly usagePolicy: number;
  /** Second octet: 10 PIV PIN primary, 20 Global PIN primary, 00 without Global PIN. */
  readonly primary: number;
}

/** Undefined when the policy is missing or of another length: such cards are as without discovery object. @throws CodecError */
export function parseDiscovery(content: Bytes): Discovery | undefined {
  const policy = findTlv(readTlvs(content), 0x5f2f);
  return policy?.length === 2 ? { usagePolicy: policy[0] ?? 0, primary: policy[1] ?? 0 } : undefined;
}

/** Combinations that the standard has (3.3.2): the PIV PIN always; the pairing code's absence only with VCI. */
const USAGE_POLICIES: ReadonlySet<number> = new Set([0x40, 0x48, 0x4c, 0x50, 0x58, 0x5c, 0x60, 0x68, 0x6c, 0x70, 0x78, 0x7c]);

/** @throws CodecError `bad-value` */
export function buildDiscovery({ usagePolicy, primary }: Discovery): Bytes {
  const global = (usagePolicy & 0x20) !== 0;
  if (!USAGE_POLICIES.has(usagePolicy) || (global ? primary !== 0x10 && primary !== 0x20 : primary !== 0))
    throw new CodecError('bad-value', 'a PIN usage policy that is none');
  return concat(writeTlv(0x4f, PIV_AID), writeTlv(0x5f2f, bytes([usagePolicy, primary])));
}

/** Pairing Code Reference Data Container (table 43): eight digits. @throws CodecError */
export function parsePairingCode(content: Bytes): Bytes {
  const code = needTlv(readTlvs(content, { simpleTags: true }), 0x99);
  if (code.length !== 8 || code.some((octet) => octet < 0x30 || octet > 0x39)) throw new CodecError('bad-value', 'a pairing code has eight digits');
  return code;
}

/** @throws CodecError `bad-value` */
export function buildPairingCode(code: Bytes): Bytes {
  const content = concat(writeTlv(0x99, code), writeTlv(0xfe));
  parsePairingCode(content);
  return content;
}

/** Secure Messaging Certificate Signer (table 42): the content-signing certificate as stored, and the intermediate CVC. */
export interface MessagingSigner {
  readonly certificate: Bytes;
  readonly compressed: boolean;
  /** Value of 7F21. */
  readonly intermediate: Bytes | undefined;
}

/** Tags as in BER: 70, 71 and FE have one octet, 7F21 two. @throws CodecError */
export function parseMessagingSigner(content: Bytes): MessagingSigner {
  const fields = readTlvs(content);
  const certificate = needTlv(fields, 0x70);
  return { certificate, compressed: ((findTlv(fields, 0x71)?.[0] ?? 0) & 1) !== 0, intermediate: findTlv(fields, 0x7f21) };
}

export function buildMessagingSigner({ certificate, compressed, intermediate }: MessagingSigner): Bytes {
  const parts = intermediate === undefined ? [] : [writeTlv(0x7f21, intermediate)];
  return concat(writeTlv(0x70, certificate), writeTlv(0x71, bytes([compressed ? 1 : 0])), ...parts, writeTlv(0xfe));
}

/** Biometric Information Templates Group Template (3.3.6): how many fingers can be compared on the card, and their templates 7F60. @throws CodecError */
export function parseBitGroup(content: Bytes): { readonly count: number; readonly templates: readonly Bytes[] } {
  const fields = readTlvs(content, { maxCount: 8 });
  const count = needTlv(fields, 0x02);
  const templates = fields.filter((field) => field.tag === 0x7f60).map((field) => field.value);
  if (count.length !== 1 || count[0] !== templates.length) throw new CodecError('bad-value', 'the number of templates is another one');
  return { count: templates.length, templates };
}

export function buildBitGroup(templates: readonly Bytes[]): Bytes {
  return concat(writeTlv(0x02, bytes([templates.length])), ...templates.map((template) => writeTlv(0x7f60, template)));
}

/** Fingerprints, facial image, iris images (tables 11, 13, 41): the CBEFF record, opaque. @throws CodecError */
export function parseBiometric(content: Bytes): Bytes {
  return needTlv(readTlvs(content, { simpleTags: true, maxBytes: 0xffff }), 0xbc);
}

export function buildBiometric(record: Bytes): Bytes {
  return concat(writeTlv(0xbc, record), writeTlv(0xfe));
}
