import { type Bytes, copy } from '../../codec/bytes.ts';
import { equal } from '../../codec/bytes.ts';
import { digest } from '../digest.ts';
import type { PublicKey } from '../public-key.ts';
import type { SignatureScheme } from '../verify.ts';
import { readSignatureAlgorithm } from './algorithms.ts';
import { type Asn1, parseDer } from './der.ts';
import { CertificateError } from './errors.ts';
import {
  type AlternativeName,
  type Extension,
  type KeyUsage,
  readAlternativeNames,
  readAuthorityKeyIdentifier,
  readBasicConstraints,
  readExtensions,
  readKeyUsage,
  readPurposes,
  readSubjectKeyIdentifier,
} from './extensions.ts';
import { type DistinguishedName, formatName, readName } from './names.ts';
import { bitOctetsOf, explicit, integerOf, isContext, sequenceOf, smallIntegerOf, timeOf } from './read.ts';
import { readSpki } from './spki.ts';

/** A certificate taken apart (RFC 5280, 4.1). */
export interface Certificate {
  readonly der: Bytes;
  readonly version: 1 | 2 | 3;
  /** Content octets of the INTEGER. */
  readonly serialNumber: Bytes;
  readonly subject: DistinguishedName;
  readonly issuer: DistinguishedName;
  /** RFC 4514 text of the two names. */
  readonly subjectText: string;
  readonly issuerText: string;
  /** DER of the two names, for comparing and chaining. */
  readonly subjectDer: Bytes;
  readonly issuerDer: Bytes;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** SubjectPublicKeyInfo. */
  readonly spki: Bytes;
  /** Dotted text of the key's algorithm. */
  readonly keyAlgorithm: string;
  /** Undefined for an algorithm or curve that this project does not use. */
  readonly publicKey: PublicKey | undefined;
  readonly extensions: readonly Extension[];
  readonly alternativeNames: readonly AlternativeName[];
  /** Undefined when the extension is absent. */
  readonly keyUsage: readonly KeyUsage[] | undefined;
  readonly purposes: readonly string[] | undefined;
  readonly subjectKeyIdentifier: Bytes | undefined;
  readonly authorityKeyIdentifier: Bytes | undefined;
  readonly basicConstraints: { readonly authority: boolean; readonly pathLength?: number };
  /** tbsCertificate as it was signed. */
  readonly toBeSigned: Bytes;
  readonly signatureAlgorithm: string;
  /** Undefined for an algorithm that can't be verified here. */
  readonly signatureScheme: SignatureScheme | undefined;
  readonly signature: Bytes;
}

/** Largest certificate taken, in bytes. */
export const MAX_CERTIFICATE_BYTES = 32768;

/** Optional fields at the end of tbsCertificate in their order: issuerUniqueID [1], subjectUniqueID [2], extensions [3]. */
function trailing(parts: readonly Asn1[]): Asn1 | undefined {
  let last = 0;
  let extensions: Asn1 | undefined;
  for (const part of parts) {
    if (part.tagClass !== 'context' || part.tag < 1 || part.tag > 3 || part.tag <= last)
      throw new CertificateError('malformed', 'an unexpected field in the certificate');
    last = part.tag;
    if (part.tag === 3) extensions = explicit(part, 'extensions');
  }
  return extensions;
}

/**
 * A certificate from DER. Nothing is verified but the form.
 * @throws CertificateError `malformed`, `too-large`, `too-deep`
 */
export function parseCertificate(der: Uint8Array): Certificate {
  const [tbs, outerAlgorithm, signature, more] = sequenceOf(parseDer(der, { maxBytes: MAX_CERTIFICATE_BYTES }), 'certificate');
  const fields = [...sequenceOf(tbs, 'tbsCertificate')];
  if (tbs === undefined || more !== undefined) throw new CertificateError('malformed', 'a certificate has three parts');
  const versionField = isContext(fields[0], 0) ? fields.shift() : undefined;
  const version = versionField === undefined ? 0 : smallIntegerOf(explicit(versionField, 'version'), 'version');
  if (version > 2) throw new CertificateError('unsupported', `certificate version ${version + 1}`);
  const [serial, innerAlgorithm, issuer, validity, subject, spki, ...rest] = fields;
  if (innerAlgorithm === undefined || outerAlgorithm === undefined || !equal(innerAlgorithm.der, outerAlgorithm.der))
    throw new CertificateError('malformed', 'two different signature algorithms');
  if (issuer === undefined || subject === undefined || spki === undefined)
    throw new CertificateError('malformed', 'a field of the certificate is missing');
  const [notBefore, notAfter] = sequenceOf(validity, 'validity');
  const extensionList = trailing(rest);
  const extensions = extensionList === undefined ? [] : readExtensions(extensionList);
  const { algorithm: keyAlgorithm, key } = readSpki(spki);
  const { oid: signatureAlgorithm, scheme } = readSignatureAlgorithm(outerAlgorithm);
  const names = { subject: readName(subject, 'subject'), issuer: readName(issuer, 'issuer') };
  return {
    der: copy(der),
    version: version === 0 ? 1 : version === 1 ? 2 : 3,
    serialNumber: integerOf(serial, 'serial number'),
    ...names,
    subjectText: formatName(names.subject),
    issuerText: formatName(names.issuer),
    subjectDer: subject.der,
    issuerDer: issuer.der,
    notBefore: timeOf(notBefore, 'notBefore'),
    notAfter: timeOf(notAfter, 'notAfter'),
    spki: spki.der,
    keyAlgorithm,
    publicKey: key,
    extensions,
    alternativeNames: readAlternativeNames(extensions),
    keyUsage: readKeyUsage(extensions),
    purposes: readPurposes(extensions),
    subjectKeyIdentifier: readSubjectKeyIdentifier(extensions),
    authorityKeyIdentifier: readAuthorityKeyIdentifier(extensions),
    basicConstraints: readBasicConstraints(extensions),
    toBeSigned: tbs.der,
    signatureAlgorithm,
    signatureScheme: scheme,
    signature: bitOctetsOf(signature, 'signature'),
  };
}

/** SHA-256 and SHA-1 over the whole certificate. */
export async function certificateFingerprints(certificate: Certificate): Promise<{ readonly sha256: Bytes; readonly sha1: Bytes }> {
  return { sha256: await digest('SHA-256', certificate.der), sha1: await digest('SHA-1', certificate.der) };
}
