import { type Bytes, copy } from '../../codec/bytes.ts';
import type { PublicKey } from '../public-key.ts';
import { type SignatureScheme, verifySignature } from '../verify.ts';
import { readSignatureAlgorithm, schemeFor, signatureAlgorithm, type WritableScheme } from './algorithms.ts';
import { bitString, oid, sequence, set, smallInteger, tagged } from './build.ts';
import { isUniversal } from './read.ts';
import { parseDer, TAG } from './der.ts';
import { CertificateError } from './errors.ts';
import {
  type AlternativeName,
  buildExtensions,
  type Extension,
  extensionsPart,
  type KeyUsage,
  readAlternativeNames,
  readExtensions,
  readKeyUsage,
  readPurposes,
} from './extensions.ts';
import { buildName, type DistinguishedName, formatName, parseName, readName } from './names.ts';
import { OID } from './oids.ts';
import { bitOctetsOf, isContext, oidOf, sequenceOf, setOf, smallIntegerOf } from './read.ts';
import { encodeSpki, readSpki } from './spki.ts';

/** What a request asks for. */
export interface RequestContent {
  /** RFC 4514 text or a name taken apart. */
  readonly subject: string | DistinguishedName;
  readonly publicKey: PublicKey;
  readonly alternativeNames?: readonly AlternativeName[];
  readonly keyUsage?: readonly KeyUsage[];
  readonly purposes?: readonly string[];
  /** Default: {@link schemeFor} the key. */
  readonly scheme?: WritableScheme;
}

/** Signs octets with the private key of the request. ECDSA signatures as DER. */
export type SignOctets = (toBeSigned: Bytes, scheme: WritableScheme) => Promise<Bytes>;

/** A PKCS#10 request taken apart (RFC 2986, 4). */
export interface CertificationRequest {
  readonly der: Bytes;
  readonly subject: DistinguishedName;
  readonly subjectText: string;
  readonly subjectDer: Bytes;
  readonly spki: Bytes;
  readonly publicKey: PublicKey | undefined;
  readonly extensions: readonly Extension[];
  readonly alternativeNames: readonly AlternativeName[];
  readonly keyUsage: readonly KeyUsage[] | undefined;
  readonly purposes: readonly string[] | undefined;
  readonly toBeSigned: Bytes;
  readonly signatureScheme: SignatureScheme | undefined;
  readonly signature: Bytes;
}

const MAX_REQUEST_BYTES = 32768;

/** certificationRequestInfo: the octets to be signed. @throws CertificateError `bad-name`, CryptoError `bad-key`, `bad-point` */
export function requestInfo(content: RequestContent): Bytes {
  const subject = typeof content.subject === 'string' ? parseName(content.subject) : content.subject;
  const { alternativeNames, keyUsage, purposes } = content;
  const extensions = buildExtensions({
    ...(alternativeNames === undefined ? {} : { alternativeNames }),
    ...(keyUsage === undefined ? {} : { keyUsage }),
    ...(purposes === undefined ? {} : { purposes }),
  });
  const attributes = extensions.length === 0 ? [] : [sequence(oid(OID.extensionRequest), set(extensionsPart(extensions)))];
  return sequence(smallInteger(0), buildName(subject), encodeSpki(content.publicKey), tagged(0, ...attributes));
}

/**
 * Builds a request, has it signed, and checks the signature with the request's own key: a card that signs wrongly is found here.
 * @throws CertificateError `bad-name`, `bad-signature`; whatever `sign` rejects with
 */
export async function createRequest(content: RequestContent, sign: SignOctets): Promise<Bytes> {
  const scheme = content.scheme ?? schemeFor(content.publicKey);
  const toBeSigned = requestInfo(content);
  const signature = await sign(copy(toBeSigned), scheme);
  if (!(await verifySignature(content.publicKey, scheme, signature, toBeSigned)))
    throw new CertificateError('bad-signature', 'the request is not signed by its own key');
  return sequence(toBeSigned, signatureAlgorithm(scheme), bitString(signature));
}

/** @throws CertificateError `malformed`, `too-large`, `too-deep` */
export function parseRequest(der: Uint8Array): CertificationRequest {
  const [info, algorithm, signature, more] = sequenceOf(parseDer(der, { maxBytes: MAX_REQUEST_BYTES }), 'request');
  const [version, subject, spki, attributes, extra] = sequenceOf(info, 'request content');
  if (info === undefined || subject === undefined || spki === undefined || more !== undefined || extra !== undefined)
    throw new CertificateError('malformed', 'a field of the request is missing or too many');
  if (smallIntegerOf(version, 'version') !== 0) throw new CertificateError('unsupported', 'a request of another version');
  if (attributes !== undefined && !isContext(attributes, 0)) throw new CertificateError('malformed', 'attributes of another type');
  let extensions: Extension[] = [];
  for (const attribute of attributes?.children ?? []) {
    const [type, values] = sequenceOf(attribute, 'attribute');
    if (oidOf(type, 'attribute') !== OID.extensionRequest) continue;
    const [list, second] = setOf(values, 'extension request');
    if (!isUniversal(list, TAG.sequence) || second !== undefined || extensions.length > 0)
      throw new CertificateError('malformed', 'an extension request is one list');
    extensions = readExtensions(list);
  }
  const name = readName(subject, 'subject');
  return {
    der: copy(der),
    subject: name,
    subjectText: formatName(name),
    subjectDer: subject.der,
    spki: spki.der,
    publicKey: readSpki(spki).key,
    extensions,
    alternativeNames: readAlternativeNames(extensions),
    keyUsage: readKeyUsage(extensions),
    purposes: readPurposes(extensions),
    toBeSigned: info.der,
    signatureScheme: readSignatureAlgorithm(algorithm).scheme,
    signature: bitOctetsOf(signature, 'signature'),
  };
}

/** Whether the request is signed by its own key. @throws CertificateError `unsupported` for a key or algorithm that can't be verified here */
export async function requestIsGenuine(request: CertificationRequest): Promise<boolean> {
  const { publicKey, signatureScheme } = request;
  if (publicKey === undefined || signatureScheme === undefined)
    throw new CertificateError('unsupported', 'a key or signature algorithm that can not be verified');
  if ((publicKey.kind === 'ec') !== (signatureScheme.kind === 'ecdsa')) return false;
  return verifySignature(publicKey, signatureScheme, request.signature, request.toBeSigned);
}
