import type { Bytes } from '../codec/bytes.ts';
import { equal } from '../codec/bytes.ts';
import { toHex } from '../codec/hex.ts';
import { type Certificate, certificateFingerprints, CertificateError, parseCertificate } from '../crypto/certificates/index.ts';
import type { CertificateSummary } from './card-summary.ts';
import { publicKeyTypeName } from './key-types.ts';

/** A parsed certificate in the words of the screens. */
export async function summarize(certificate: Certificate, now: Date): Promise<CertificateSummary> {
  const { sha256, sha1 } = await certificateFingerprints(certificate);
  const keyType = publicKeyTypeName(certificate.publicKey);
  return {
    subject: certificate.subjectText,
    issuer: certificate.issuerText,
    selfIssued: equal(certificate.subjectDer, certificate.issuerDer),
    serial: toHex(certificate.serialNumber),
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
    validity: now > certificate.notAfter ? 'expired' : now < certificate.notBefore ? 'not-yet-valid' : 'valid',
    alternativeNames: certificate.alternativeNames,
    keyUsage: certificate.keyUsage ?? [],
    extendedKeyUsage: certificate.purposes ?? [],
    ...(keyType === undefined ? {} : { keyType }),
    fingerprintSha256: toHex(sha256),
    fingerprintSha1: toHex(sha1),
    lengthBytes: certificate.der.length,
  };
}

/** A certificate from a card; undefined when it is not one that can be read. */
export function readableCertificate(der: Bytes): Certificate | undefined {
  try {
    return parseCertificate(der);
  } catch (error) {
    if (error instanceof CertificateError) return undefined;
    throw error;
  }
}
