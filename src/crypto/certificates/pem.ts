import { type Bytes, copy } from '../../codec/bytes.ts';
import { CertificateError } from './errors.ts';

/** Largest text taken, in characters. */
const MAX_TEXT = 262144;

/** Labels of RFC 7468 that this project reads and writes. */
export type PemLabel = 'CERTIFICATE' | 'CERTIFICATE REQUEST' | 'PUBLIC KEY' | 'X509 CRL' | 'PKCS7';

/** Standard Base64 with padding, without line breaks. */
export function toBase64(source: Uint8Array): string {
  let text = '';
  for (const octet of source) text += String.fromCharCode(octet);
  return btoa(text);
}

/** Base64 with blanks and line breaks anywhere. @throws CertificateError `bad-pem` */
export function fromBase64(text: string): Bytes {
  const packed = text.replace(/[\t\n\f\r ]/g, '');
  if (packed.length === 0 || packed.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(packed)) throw new CertificateError('bad-pem', 'not Base64');
  return Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
}

/** Textual encoding with lines of 64 characters (RFC 7468, 2). */
export function toPem(label: PemLabel, der: Uint8Array): string {
  const lines = toBase64(der).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

export interface PemBlock {
  readonly label: string;
  readonly der: Bytes;
}

/** All blocks of a text; what stands between them is ignored (RFC 7468, 5.2). @throws CertificateError `bad-pem` for a block that is cut off or not Base64, `too-large` */
export function fromPem(text: string): PemBlock[] {
  if (text.length > MAX_TEXT) throw new CertificateError('too-large', `${text.length} characters, at most ${MAX_TEXT}`);
  const blocks: PemBlock[] = [];
  const begin = /-----BEGIN ([A-Z0-9 ]{1,40})-----/g;
  for (let match = begin.exec(text); match !== null; match = begin.exec(text)) {
    const label = match[1] ?? '';
    const from = match.index + match[0].length;
    const to = text.indexOf(`-----END ${label}-----`, from);
    if (to < 0) throw new CertificateError('bad-pem', 'a block has no end');
    blocks.push({ label, der: fromBase64(text.slice(from, to)) });
    begin.lastIndex = to + label.length + 14;
  }
  return blocks;
}

/**
 * Certificates as a person brings them: PEM (one or more blocks), bare Base64, or DER. The first is the one to store.
 * @throws CertificateError `bad-pem`, `too-large`
 */
export function certificatesFrom(input: string | Uint8Array): Bytes[] {
  if (typeof input !== 'string') {
    if (input[0] === 0x30) return [copy(input)];
    if (input.length > MAX_TEXT) throw new CertificateError('too-large', `${input.length} bytes, at most ${MAX_TEXT}`);
    return certificatesFrom(new TextDecoder('latin1').decode(input));
  }
  const found = fromPem(input);
  if (found.length === 0) return [fromBase64(input)];
  const certificates = found.filter(({ label }) => label === 'CERTIFICATE' || label === 'X509 CERTIFICATE' || label === 'TRUSTED CERTIFICATE');
  if (certificates.length === 0) throw new CertificateError('bad-pem', 'no CERTIFICATE block');
  return certificates.map(({ der }) => der);
}
