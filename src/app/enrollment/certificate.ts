import type { Bytes } from '../../codec/bytes.ts';
import { type Certificate, CertificateError, issuedBy, parseCertificate, parseRequest } from '../../crypto/certificates/index.ts';
import { type PublicKey, samePublicKey } from '../../crypto/public-key.ts';
import type { PlaceSummary } from '../card-summary.ts';
import { FlowError } from '../errors.ts';
import type { ProblemWhat } from '../problem.ts';
import type { MadeRequest } from './request.ts';
import type { CertificateWarning } from './state.ts';

/** A certificate that belongs to a key of the card, with what came with it. */
export interface BroughtCertificate {
  readonly certificate: Certificate;
  readonly others: readonly Certificate[];
}

/** What is wrong with a certificate that was brought: another can be brought. */
export const BAD_CERTIFICATE: ReadonlySet<ProblemWhat> = new Set([
  'certificate-unreadable',
  'certificate-unsupported',
  'certificate-text-bad',
  'certificate-for-other-key',
  'certificate-too-large',
  'authority-refused',
]);

/** DER of the others may be anything: what can't be read is no issuer. */
function readable(ders: readonly Bytes[]): Certificate[] {
  return ders.flatMap((der) => {
    try {
      return [parseCertificate(der)];
    } catch (error) {
      if (error instanceof CertificateError) return [];
      throw error;
    }
  });
}

/**
 * Certificates as an authority or a person brings them, a whole chain in any order included: the one that belongs to `belongs`' key.
 * @throws CertificateError when the only one can't be read, FlowError `certificate-for-other-key`
 */
export function pickCertificate(ders: readonly Bytes[], belongs: (key: PublicKey) => boolean): BroughtCertificate {
  const [only, ...more] = ders;
  const all = only !== undefined && more.length === 0 ? [parseCertificate(only)] : readable(ders);
  if (all.length === 0) throw new CertificateError('malformed', 'none of the blocks is a certificate');
  const certificate = all.find(({ publicKey }) => publicKey !== undefined && belongs(publicKey));
  if (certificate === undefined) {
    if (all.every(({ publicKey }) => publicKey === undefined)) throw new CertificateError('unsupported', 'a public key of an unknown kind');
    throw new FlowError('certificate-for-other-key', 'the certificate belongs to no key that is asked for');
  }
  return { certificate, others: all.filter((each) => each !== certificate) };
}

export function belongsTo(key: PublicKey): (other: PublicKey) => boolean {
  return (other) => samePublicKey(key, other);
}

async function issuerKnown({ certificate, others }: BroughtCertificate): Promise<boolean> {
  for (const issuer of others) {
    try {
      if (await issuedBy(certificate, issuer)) return true;
    } catch (error) {
      if (!(error instanceof CertificateError)) throw error;
    }
  }
  return false;
}

/** Any of these uses makes a key fit for its place. */
function usageFits(certificate: Certificate, place: PlaceSummary): boolean {
  const { keyUsage, publicKey } = certificate;
  if (keyUsage === undefined) return true;
  if (place.purpose !== 'key-management' && place.purpose !== 'retired') return keyUsage.includes('digitalSignature');
  return keyUsage.includes(publicKey?.kind === 'ec' ? 'keyAgreement' : 'keyEncipherment');
}

/** What a person should know before the certificate is written; none of it forbids writing. */
export async function certificateWarnings(
  brought: BroughtCertificate,
  about: { readonly place: PlaceSummary; readonly request: MadeRequest | undefined; readonly demonstration: boolean; readonly now: Date },
): Promise<readonly CertificateWarning[]> {
  const { certificate } = brought;
  const { place, request, demonstration, now } = about;
  const warnings: CertificateWarning[] = [];
  if (now > certificate.notAfter) warnings.push('expired');
  if (now < certificate.notBefore) warnings.push('not-yet-valid');
  if (request !== undefined && parseRequest(request.der).subjectText !== certificate.subjectText) warnings.push('subject-differs');
  if (!(await issuerKnown(brought))) warnings.push('issuer-unknown');
  if (demonstration) warnings.push('demonstration-authority');
  if (!usageFits(certificate, place)) warnings.push('key-usage-unfit');
  const { purposes } = certificate;
  if (
    place.purpose === 'authentication' &&
    purposes !== undefined &&
    !purposes.some((each) => each === 'clientAuth' || each === 'anyExtendedKeyUsage')
  )
    warnings.push('no-client-authentication');
  return warnings;
}
