import { type Bytes, copy, equal } from '../../codec/bytes.ts';
import { digest, type HashName } from '../digest.ts';
import { type SignatureScheme, verifySignature } from '../verify.ts';
import { hashOf, readSignatureAlgorithm } from './algorithms.ts';
import type { Certificate } from './certificate.ts';
import { type Asn1, parseDer } from './der.ts';
import { CertificateError } from './errors.ts';
import { OID } from './oids.ts';
import { explicit, integerOf, isContext, isUniversal, octetStringOf, oidOf, sequenceOf, setOf } from './read.ts';

/*
 * CMS SignedData (RFC 5652, 5) as PIV objects carry it: one signer, signed attributes, the content inside (security object) or beside it
 * (CHUID). Only reading and checking.
 */

export interface CmsSigner {
  /** Name and number of the signer's certificate, or its key identifier (5.3). */
  readonly issuerDer: Bytes | undefined;
  readonly serialNumber: Bytes | undefined;
  readonly subjectKeyIdentifier: Bytes | undefined;
  /** Undefined for a hash or signature algorithm that can't be verified here. */
  readonly hash: HashName | undefined;
  readonly scheme: SignatureScheme | undefined;
  /** The SET OF attributes as it was signed; undefined when the signature is over the content itself. */
  readonly signedAttributes: Bytes | undefined;
  readonly contentType: string | undefined;
  readonly messageDigest: Bytes | undefined;
  readonly signature: Bytes;
}

export interface SignedData {
  readonly contentType: string;
  /** Undefined when the content is detached. */
  readonly content: Bytes | undefined;
  /** DER of the certificates inside. */
  readonly certificates: readonly Bytes[];
  readonly signers: readonly CmsSigner[];
}

const MAX_SIGNERS = 8;
const MAX_CERTIFICATES = 16;
const SEQUENCE = 16;
const OCTET_STRING = 4;

/** The value of a signed attribute that may come once (RFC 5652, 11). */
function attribute(list: readonly Asn1[], dotted: string): Asn1 | undefined {
  const found = list.filter((each) => oidOf(sequenceOf(each, 'attribute')[0], 'attribute') === dotted);
  if (found.length > 1) throw new CertificateError('malformed', `attribute ${dotted} comes twice`);
  const [only] = found;
  if (only === undefined) return undefined;
  const [value, second] = setOf(sequenceOf(only, 'attribute')[1], 'attribute');
  if (second !== undefined) throw new CertificateError('malformed', `attribute ${dotted} has more than one value`);
  return value;
}

/** The scheme of a SignerInfo: rsaEncryption takes its hash from the digest algorithm (RFC 3370, 3.2). */
function schemeOf(value: Asn1 | undefined, hash: HashName | undefined): SignatureScheme | undefined {
  const { oid, scheme } = readSignatureAlgorithm(value);
  if (oid === OID.rsaEncryption) return hash === undefined ? undefined : { kind: 'rsa-pkcs1', hash };
  return scheme;
}

function readSigner(value: Asn1): CmsSigner {
  const fields = [...sequenceOf(value, 'signer')];
  fields.shift();
  const identifier = fields.shift();
  const hash = hashOf(oidOf(sequenceOf(fields.shift(), 'digest algorithm')[0], 'digest algorithm'));
  const attributes = isContext(fields[0], 0) ? fields.shift() : undefined;
  const algorithm = fields.shift();
  const signature = octetStringOf(fields.shift(), 'signature');
  let issuerDer: Bytes | undefined;
  let serialNumber: Bytes | undefined;
  let subjectKeyIdentifier: Bytes | undefined;
  const keyIdentifier = identifier?.tagClass === 'context' && identifier.tag === 0 ? identifier : undefined;
  if (keyIdentifier === undefined) {
    const [issuer, serial] = sequenceOf(identifier, 'signer identifier');
    issuerDer = issuer?.der;
    serialNumber = integerOf(serial, 'serial number');
  } else subjectKeyIdentifier = copy(keyIdentifier.content);
  let signedAttributes: Bytes | undefined;
  if (attributes !== undefined) {
    // Signed with the tag of a SET OF instead of [0] (RFC 5652, 5.4).
    signedAttributes = copy(attributes.der);
    signedAttributes[0] = 0x31;
  }
  const list = attributes?.children ?? [];
  const type = attribute(list, OID.contentType);
  const messageDigest = attribute(list, OID.messageDigest);
  return {
    issuerDer,
    serialNumber,
    subjectKeyIdentifier,
    hash,
    scheme: schemeOf(algorithm, hash),
    signedAttributes,
    contentType: type === undefined ? undefined : oidOf(type, 'content type'),
    messageDigest: messageDigest === undefined ? undefined : octetStringOf(messageDigest, 'message digest'),
    signature,
  };
}

/** @throws CertificateError `malformed`, `too-large`, `too-deep` */
export function parseSignedData(der: Uint8Array): SignedData {
  const [type, wrapped] = sequenceOf(parseDer(der), 'content info');
  if (oidOf(type, 'content info') !== OID.signedData || !isContext(wrapped, 0)) throw new CertificateError('malformed', 'no signed data');
  const fields = [...sequenceOf(explicit(wrapped, 'content info'), 'signed data')];
  fields.splice(0, 2);
  const [contentType, content] = sequenceOf(fields.shift(), 'encapsulated content');
  const certificates = isContext(fields[0], 0) ? (fields.shift()?.children ?? []) : [];
  if (isContext(fields[0], 1)) fields.shift();
  const signers = setOf(fields.shift(), 'signers');
  if (fields.length > 0 || signers.length > MAX_SIGNERS || certificates.length > MAX_CERTIFICATES)
    throw new CertificateError('malformed', 'more in signed data than there can be');
  const inner = content === undefined ? undefined : explicit(content, 'content');
  if (inner !== undefined && !isUniversal(inner, OCTET_STRING)) throw new CertificateError('malformed', 'the content is no octet string');
  return {
    contentType: oidOf(contentType, 'content type'),
    content: inner === undefined ? undefined : copy(inner.content),
    certificates: certificates.filter((each) => isUniversal(each, SEQUENCE)).map((each) => each.der),
    signers: signers.map(readSigner),
  };
}

/** Whether a certificate is the one that a signer names. */
export function isSignersCertificate(signer: CmsSigner, certificate: Certificate): boolean {
  const { issuerDer, serialNumber, subjectKeyIdentifier } = signer;
  if (subjectKeyIdentifier !== undefined)
    return certificate.subjectKeyIdentifier !== undefined && equal(subjectKeyIdentifier, certificate.subjectKeyIdentifier);
  return (
    issuerDer !== undefined && serialNumber !== undefined && equal(issuerDer, certificate.issuerDer) && equal(serialNumber, certificate.serialNumber)
  );
}

/**
 * Whether the holder of this certificate signed `content` (RFC 5652, 5.4 and 5.6): the attributes name the content's type and hash, and the
 * signature over the attributes is the certificate's. Says nothing of the certificate's validity or trust.
 * @throws CertificateError `unsupported` for an algorithm that can't be verified here
 */
export async function signedBy(data: SignedData, signer: CmsSigner, content: Uint8Array, certificate: Certificate): Promise<boolean> {
  const { hash, scheme, signedAttributes } = signer;
  const { publicKey } = certificate;
  if (hash === undefined || scheme === undefined || publicKey === undefined)
    throw new CertificateError('unsupported', 'a signature that can not be verified here');
  if ((publicKey.kind === 'ec') !== (scheme.kind === 'ecdsa')) return false;
  if (signedAttributes === undefined) return verifySignature(publicKey, scheme, signer.signature, content);
  const actual = await digest(hash, content);
  if (signer.contentType !== data.contentType || signer.messageDigest === undefined || !equal(signer.messageDigest, actual)) return false;
  return verifySignature(publicKey, scheme, signer.signature, signedAttributes);
}
