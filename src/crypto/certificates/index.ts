export { schemeFor, type WritableScheme } from './algorithms.ts';
export { type AttestationFacts, attestationFacts } from './attestation.ts';
export { type Certificate, certificateFingerprints, MAX_CERTIFICATE_BYTES, parseCertificate } from './certificate.ts';
export { type CmsSigner, isSignersCertificate, parseSignedData, signedBy, type SignedData } from './cms.ts';
export {
  type EnrollmentEvidence,
  type EnrollmentPolicy,
  type EnrollmentProblem,
  type EnrollmentVerdict,
  verifyEnrollment,
} from './enrollment-evidence.ts';
export { CertificateError, type CertificateReason } from './errors.ts';
export { type AlternativeName, type Extension, findExtension, KEY_USAGES, type KeyUsage, type WantedExtensions } from './extensions.ts';
export { decodeFascN, type FascN, formatFascN } from './fasc-n.ts';
export { type CertificateContent, createCertificate, keyIdentifier } from './issue.ts';
export { buildName, type DistinguishedName, formatName, type NameAttribute, nameValue, parseName, type RelativeName } from './names.ts';
export { certificatesFrom, fromBase64, fromPem, type PemBlock, type PemLabel, toBase64, toPem } from './pem.ts';
export {
  type CertificationRequest,
  createRequest,
  parseRequest,
  type RequestContent,
  requestInfo,
  requestIsGenuine,
  type SignOctets,
} from './request.ts';
export { decodeSpki, encodeSpki } from './spki.ts';
export { certificateSignedBy, issuedBy } from './verify-certificate.ts';
