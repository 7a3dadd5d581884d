import { LayerError } from '../../codec/errors.ts';

/**
 * Why a certificate, request, name or key could not be read or made. `malformed` is not DER or not the structure; `bad-signature`
 * is a signature that does not verify.
 */
export type CertificateReason = 'malformed' | 'too-large' | 'too-deep' | 'unsupported' | 'bad-name' | 'bad-pem' | 'bad-signature';

/** A certificate or request that can't be used. Messages hold no data of the certificate. */
export class CertificateError extends LayerError<CertificateReason> {
  readonly layer = 'certificate';
}
