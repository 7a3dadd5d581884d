import { LayerError } from '../../codec/errors.ts';
import { bitLength } from '../pkcs1.ts';
import { samePublicKey } from '../public-key.ts';
import { type AttestationFacts, attestationFacts } from './attestation.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import { CertificateError } from './errors.ts';
import { checkPath, type PathProblem } from './path.ts';
import { type CertificationRequest, parseRequest, requestIsGenuine } from './request.ts';

/*
 * The authority's side of an enrollment, for Node as for a page: is the request signed by its own key, did a card make that key, and under
 * which policies. Everything that comes from the client is hostile; only the trust anchors are the authority's own.
 */

/** What the client sends, all DER. */
export interface EnrollmentEvidence {
  readonly request: Uint8Array;
  /** The card's statement about the key (Yubico, INS F9). */
  readonly statement?: Uint8Array;
  /** The card's attestation certificate and what lies between it and the maker's root; in any order. */
  readonly intermediates?: readonly Uint8Array[];
}

/** What the authority asks for. */
export interface EnrollmentPolicy {
  /** Roots, or any certificates that are trusted by themselves; their validity period is not looked at (RFC 5280, 6.1.1 d). */
  readonly trustAnchors: readonly Uint8Array[];
  readonly now: Date;
  /**
   * Default true. When false, a request without statement is taken, unless a policy is set that only a statement can show to be kept; a
   * statement that is there must hold all the same.
   */
  readonly attestationRequired?: boolean;
  readonly pinPolicies?: readonly NonNullable<AttestationFacts['pinPolicy']>[];
  readonly touchPolicies?: readonly NonNullable<AttestationFacts['touchPolicy']>[];
  /** One to three numbers, '5.7.0': older firmware is refused. */
  readonly leastFirmware?: string;
  readonly fipsRequired?: boolean;
  /** Default 2048. */
  readonly leastRsaBits?: number;
}

export type EnrollmentProblem =
  | 'request-malformed'
  | 'request-not-genuine'
  | 'request-key-unknown'
  | 'rsa-key-too-short'
  | 'attestation-missing'
  | 'attestation-malformed'
  | 'attestation-without-facts'
  | 'attestation-of-another-key'
  | 'chain-malformed'
  | PathProblem
  | 'pin-policy-refused'
  | 'touch-policy-refused'
  | 'firmware-too-old'
  | 'not-fips';

export interface EnrollmentVerdict {
  /** True when nothing is wrong. */
  readonly accepted: boolean;
  readonly problems: readonly EnrollmentProblem[];
  /** True when the statement is about the request's key and its chain ends in a trust anchor. */
  readonly keyAttested: boolean;
  readonly request: CertificationRequest | undefined;
  readonly facts: AttestationFacts | undefined;
  /** From the statement up to the anchor, as far as it goes. */
  readonly chain: readonly Certificate[];
}

/** Most certificates that are looked at. */
const MAX_CERTIFICATES = 16;

function readable<T>(body: () => T): T | undefined {
  try {
    return body();
  } catch (error) {
    if (error instanceof LayerError) return undefined;
    throw error;
  }
}

/** A policy that compares with no number, or with no date, would refuse nothing. */
function checkPolicy({ now, leastFirmware, leastRsaBits = 0 }: EnrollmentPolicy): void {
  if (Number.isNaN(now.getTime())) throw new CertificateError('malformed', 'the policy has no valid date');
  if (leastFirmware !== undefined && !/^\d{1,3}(\.\d{1,3}){0,2}$/.test(leastFirmware))
    throw new CertificateError('malformed', 'the least firmware is not written like 5.7.0');
  if (!Number.isInteger(leastRsaBits)) throw new CertificateError('malformed', 'the least number of bits is no number');
}

/** Numbers of a firmware text, for comparing. */
function olderThan(firmware: string, least: string): boolean {
  const [a, b] = [firmware.split('.').map(Number), least.split('.').map(Number)];
  for (let i = 0; i < 3; i++) if ((a[i] ?? 0) !== (b[i] ?? 0)) return (a[i] ?? 0) < (b[i] ?? 0);
  return false;
}

/** Whether nothing but a statement can show that the policy is kept: without one it would be kept by whoever leaves the statement out. */
const wantsStatement = (policy: EnrollmentPolicy): boolean =>
  policy.attestationRequired !== false ||
  policy.pinPolicies !== undefined ||
  policy.touchPolicies !== undefined ||
  policy.leastFirmware !== undefined ||
  policy.fipsRequired === true;

function policyProblems(facts: AttestationFacts, policy: EnrollmentPolicy): EnrollmentProblem[] {
  const problems: EnrollmentProblem[] = [];
  const { pinPolicy = 'unknown', touchPolicy = 'unknown', firmware } = facts;
  if (policy.pinPolicies !== undefined && !policy.pinPolicies.includes(pinPolicy)) problems.push('pin-policy-refused');
  if (policy.touchPolicies !== undefined && !policy.touchPolicies.includes(touchPolicy)) problems.push('touch-policy-refused');
  if (policy.leastFirmware !== undefined && (firmware === undefined || olderThan(firmware, policy.leastFirmware))) problems.push('firmware-too-old');
  if (policy.fipsRequired === true && facts.fips !== true) problems.push('not-fips');
  return problems;
}

async function requestProblems(request: CertificationRequest, policy: EnrollmentPolicy): Promise<EnrollmentProblem[]> {
  const { publicKey } = request;
  if (publicKey === undefined) return ['request-key-unknown'];
  const problems: EnrollmentProblem[] = [];
  let genuine = false;
  try {
    genuine = await requestIsGenuine(request);
  } catch (error) {
    if (!(error instanceof LayerError)) throw error;
  }
  if (!genuine) problems.push('request-not-genuine');
  if (publicKey.kind === 'rsa' && bitLength(publicKey.modulus) < (policy.leastRsaBits ?? 2048)) problems.push('rsa-key-too-short');
  return problems;
}

/**
 * Judges what a client sends. Never throws for what the client sent; a policy that makes no sense is the caller's own fault.
 * @throws CertificateError for a malformed trust anchor, firmware number, date or length
 */
export async function verifyEnrollment(evidence: EnrollmentEvidence, policy: EnrollmentPolicy): Promise<EnrollmentVerdict> {
  checkPolicy(policy);
  const anchors = policy.trustAnchors.map((der) => parseCertificate(der));
  const request = readable(() => parseRequest(evidence.request));
  const problems: EnrollmentProblem[] = request === undefined ? ['request-malformed'] : await requestProblems(request, policy);
  const verdict = (more: Partial<EnrollmentVerdict>): EnrollmentVerdict => ({
    accepted: problems.length === 0,
    problems,
    keyAttested: false,
    request,
    facts: undefined,
    chain: [],
    ...more,
  });
  if (evidence.statement === undefined) {
    if (wantsStatement(policy)) problems.push('attestation-missing');
    return verdict({});
  }
  const { statement: der, intermediates: given = [] } = evidence;
  const statement = readable(() => parseCertificate(der));
  const facts = statement === undefined ? undefined : readable(() => attestationFacts(statement));
  if (statement === undefined) {
    problems.push('attestation-malformed');
    return verdict({});
  }
  const intermediates = given.slice(0, MAX_CERTIFICATES).map((each) => readable(() => parseCertificate(each)));
  if (given.length > MAX_CERTIFICATES || intermediates.includes(undefined)) problems.push('chain-malformed');
  const path = await checkPath(
    statement,
    intermediates.filter((each) => each !== undefined),
    anchors,
    policy.now,
  );
  problems.push(...path.problems);
  const same = request?.publicKey !== undefined && statement.publicKey !== undefined && samePublicKey(request.publicKey, statement.publicKey);
  if (!same) problems.push('attestation-of-another-key');
  if (facts === undefined) problems.push('attestation-without-facts');
  else problems.push(...policyProblems(facts, policy));
  return verdict({ keyAttested: same && facts !== undefined && path.problems.length === 0, facts, chain: path.chain });
}
