import { type Bytes, copy } from '../../codec/bytes.ts';
import { digest } from '../digest.ts';
import { signatureAlgorithm, type WritableScheme } from './algorithms.ts';
import { bitString, sequence, smallInteger, tagged, time, unsigned } from './build.ts';
import { buildExtensions, extensionsPart, type WantedExtensions } from './extensions.ts';
import { buildName, type DistinguishedName } from './names.ts';
import { subjectPublicKeyOctets } from './spki.ts';

/** What a certificate says. Names may be given as the DER they have elsewhere, so that chaining compares equal. */
export interface CertificateContent {
  /** Big-endian, 1 to 20 octets, the first between 01 and 7F (RFC 5280, 4.1.2.2). */
  readonly serialNumber: Uint8Array;
  readonly issuer: DistinguishedName | Bytes;
  readonly subject: DistinguishedName | Bytes;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** DER of the SubjectPublicKeyInfo. */
  readonly spki: Bytes;
  readonly extensions: WantedExtensions;
}

/** SHA-1 over the subjectPublicKey (RFC 5280, 4.2.1.2, method 1): a name for the key, not a security function. */
export async function keyIdentifier(spki: Uint8Array): Promise<Bytes> {
  return digest('SHA-1', subjectPublicKeyOctets(spki));
}

/**
 * A version 3 certificate, signed by `sign`. ECDSA signatures as DER.
 * @throws CertificateError `bad-name`, `unsupported`; whatever `sign` rejects with
 */
export async function createCertificate(
  content: CertificateContent,
  scheme: WritableScheme,
  sign: (toBeSigned: Bytes) => Promise<Bytes>,
): Promise<Bytes> {
  const name = (value: DistinguishedName | Bytes): Bytes => (value instanceof Uint8Array ? copy(value) : buildName(value));
  const toBeSigned = sequence(
    tagged(0, smallInteger(2)),
    unsigned(content.serialNumber),
    signatureAlgorithm(scheme),
    name(content.issuer),
    sequence(time(content.notBefore), time(content.notAfter)),
    name(content.subject),
    content.spki,
    tagged(3, extensionsPart(buildExtensions(content.extensions))),
  );
  return sequence(toBeSigned, signatureAlgorithm(scheme), bitString(await sign(copy(toBeSigned))));
}
