import { equal } from '../../codec/bytes.ts';
import type { PublicKey } from '../public-key.ts';
import { verifySignature } from '../verify.ts';
import type { Certificate } from './certificate.ts';
import { CertificateError } from './errors.ts';

/**
 * Whether this key signed the certificate. Says nothing of validity, names, revocation or trust.
 * @throws CertificateError `unsupported` for an algorithm that can't be verified here or that does not go with the key
 */
export async function certificateSignedBy(certificate: Certificate, issuerKey: PublicKey): Promise<boolean> {
  const scheme = certificate.signatureScheme;
  if (scheme === undefined) throw new CertificateError('unsupported', `signature algorithm ${certificate.signatureAlgorithm}`);
  if ((scheme.kind === 'ecdsa') !== (issuerKey.kind === 'ec')) return false;
  return verifySignature(issuerKey, scheme, certificate.signature, certificate.toBeSigned);
}

/** Whether `issuer` is the issuer by name and by signature. @throws CertificateError `unsupported` */
export async function issuedBy(certificate: Certificate, issuer: Certificate): Promise<boolean> {
  if (!equal(certificate.issuerDer, issuer.subjectDer)) return false;
  if (issuer.publicKey === undefined) throw new CertificateError('unsupported', `a public key of algorithm ${issuer.keyAlgorithm}`);
  return certificateSignedBy(certificate, issuer.publicKey);
}
