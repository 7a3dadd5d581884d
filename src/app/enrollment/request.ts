import type { Bytes } from '../../codec/bytes.ts';
import { toHex } from '../../codec/hex.ts';
import {
  type AlternativeName,
  CertificateError,
  createRequest,
  type KeyUsage,
  parseRequest,
  requestIsGenuine,
  type SignOctets,
  toPem,
} from '../../crypto/certificates/index.ts';
import { digest } from '../../crypto/digest.ts';
import type { EdgeUsage } from '../../minidriver/index.ts';
import type { PlacePurpose, PlaceSummary } from '../card-summary.ts';
import { FlowError } from '../errors.ts';
import { publicKeyTypeName } from '../key-types.ts';
import type { SigningKey } from './signing.ts';
import type { KeyPlan, RequestSummary } from './state.ts';

/** A request with what the later steps need of it. */
export interface MadeRequest {
  readonly summary: RequestSummary;
  readonly der: Bytes;
  readonly publicKey: SigningKey['publicKey'];
  readonly usage: EdgeUsage;
}

/** What a key of this place is certified for. */
export function keyUsageFor(purpose: PlacePurpose, key: SigningKey['publicKey']): readonly KeyUsage[] {
  if (purpose === 'key-management' || purpose === 'retired') return key.kind === 'rsa' ? ['keyEncipherment'] : ['keyAgreement'];
  return purpose === 'signature' ? ['digitalSignature', 'nonRepudiation'] : ['digitalSignature'];
}

/** Logging on asks for client authentication and smart card logon together, and names the user by UPN (Windows' requirement on certificates). */
function purposesFor(purpose: PlacePurpose, plan: KeyPlan): readonly string[] {
  const purposes: string[] = [];
  if (purpose === 'authentication' || plan.userPrincipalName !== undefined) purposes.push('clientAuth');
  if (plan.userPrincipalName !== undefined) purposes.push('smartcardLogon');
  if (plan.email !== undefined && (purpose === 'signature' || purpose === 'key-management')) purposes.push('emailProtection');
  return purposes;
}

/**
 * PKCS#10 request for the key of `place`, signed by `sign` and checked with the key itself: once when it is built and once more as a
 * stranger would read it. `maxCertificateBytes`: room for the certificate in that place.
 * @throws FlowError `request-self-check`; what `sign` rejects with
 */
export async function makeRequest(
  place: PlaceSummary,
  plan: KeyPlan,
  key: SigningKey,
  maxCertificateBytes: number,
  sign: SignOctets,
): Promise<MadeRequest> {
  const { publicKey, usage } = key;
  const { subject, userPrincipalName, email } = plan;
  const alternativeNames: AlternativeName[] = [];
  if (userPrincipalName !== undefined) alternativeNames.push({ kind: 'upn', value: userPrincipalName });
  if (email !== undefined) alternativeNames.push({ kind: 'email', value: email });
  const content = {
    subject,
    publicKey,
    alternativeNames,
    keyUsage: keyUsageFor(place.purpose, publicKey),
    purposes: purposesFor(place.purpose, plan),
  };
  let der;
  try {
    der = await createRequest(content, sign);
  } catch (cause) {
    if (cause instanceof CertificateError && cause.reason === 'bad-signature')
      throw new FlowError('request-self-check', 'the card signed the request with another key', { cause });
    throw cause;
  }
  const read = parseRequest(der);
  if (!(await requestIsGenuine(read))) throw new FlowError('request-self-check', 'the request does not verify');
  const keyType = publicKeyTypeName(publicKey);
  if (keyType === undefined) throw new FlowError('slot-without-public-key', 'a key of a type without name');
  return {
    der,
    publicKey,
    usage,
    summary: {
      subject,
      ...(userPrincipalName === undefined ? {} : { userPrincipalName }),
      ...(email === undefined ? {} : { email }),
      place,
      keyType,
      pem: toPem('CERTIFICATE REQUEST', der),
      keyFingerprint: toHex(await digest('SHA-256', read.spki)),
      maxCertificateBytes,
    },
  };
}
