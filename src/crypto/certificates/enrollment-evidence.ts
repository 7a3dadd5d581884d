import { equal } from '../../codec/bytes.ts';
import { LayerError } from '../../codec/errors.ts';
import { bitLength } from '../pkcs1.ts';
import { samePublicKey } from '../public-key.ts';
import { type AttestationFacts, attestationFacts } from './attestation.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import { type CertificationRequest, parseRequest, requestIsGenuine } from './request.ts';
import { issuedBy } from './verify-certificate.ts';

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
  /** Default true. When false, a request without statement is taken; a statement that is there must hold all the same. */
  readonly attestationRequired?: boolean;
  readonly pinPolicies?: readonly NonNullable<AttestationFacts['pinPolicy']>[];
  readonly touchPolicies?: readonly NonNullable<AttestationFacts['touchPolicy']>[];
  /** '5.7.0': older firmware is refused. */
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
  | 'chain-broken'
  | 'chain-signature-wrong'
  | 'chain-expired'
  | 'chain-not-yet-valid'
  | 'chain-issuer-no-authority'
  | 'chain-too-long'
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

/** Longest path from the statement to an anchor, and most certificates that are looked at. */
const MAX_PATH = 8;
const MAX_CERTIFICATES = 16;

function readable<T>(body: () => T): T | undefined {
  try {
    return body();
  } catch (error) {
    if (error instanceof LayerError) return undefined;
    throw error;
  }
}

/** Whether `issuer` may sign certificates with `below` authorities between it and the end (RFC 5280, 6.1.4 k to n). */
function authorityProblem(issuer: Certificate, below: number): EnrollmentProblem | undefined {
  const { authority, pathLength } = issuer.basicConstraints;
  if (!authority || (issuer.keyUsage !== undefined && !issuer.keyUsage.includes('keyCertSign'))) return 'chain-issuer-no-authority';
  return pathLength !== undefined && below > pathLength ? 'chain-too-long' : undefined;
}

function timeProblem(certificate: Certificate, now: Date): EnrollmentProblem | undefined {
  if (now > certificate.notAfter) return 'chain-expired';
  return now < certificate.notBefore ? 'chain-not-yet-valid' : undefined;
}

/** Whether `issuer` signed it; an algorithm that can't be verified here counts as not. */
async function signed(certificate: Certificate, issuer: Certificate): Promise<boolean> {
  try {
    return await issuedBy(certificate, issuer);
  } catch (error) {
    if (error instanceof LayerError) return false;
    throw error;
  }
}

/** Builds the path upward by name and signature; stops at the first anchor. */
async function checkChain(
  statement: Certificate,
  intermediates: readonly Certificate[],
  anchors: readonly Certificate[],
  now: Date,
): Promise<{ readonly chain: readonly Certificate[]; readonly problems: readonly EnrollmentProblem[] }> {
  const chain = [statement];
  const problems: EnrollmentProblem[] = [];
  const note = (problem: EnrollmentProblem | undefined): void => {
    if (problem !== undefined && !problems.includes(problem)) problems.push(problem);
  };
  note(timeProblem(statement, now));
  for (let current = statement; ;) {
    const named = (each: Certificate): boolean => equal(each.subjectDer, current.issuerDer);
    const candidates = [
      ...anchors.filter(named).map((issuer) => ({ issuer, anchor: true })),
      ...intermediates.filter(named).map((issuer) => ({ issuer, anchor: false })),
    ];
    let found: (typeof candidates)[number] | undefined;
    for (const candidate of candidates) {
      if (chain.some((each) => equal(each.der, candidate.issuer.der))) continue;
      if (await signed(current, candidate.issuer)) {
        found = candidate;
        break;
      }
    }
    if (found === undefined) {
      note(candidates.length > 0 ? 'chain-signature-wrong' : 'chain-broken');
      return { chain, problems };
    }
    note(authorityProblem(found.issuer, chain.length - 1));
    chain.push(found.issuer);
    if (found.anchor) return { chain, problems };
    note(timeProblem(found.issuer, now));
    if (chain.length > MAX_PATH) {
      note('chain-too-long');
      return { chain, problems };
    }
    current = found.issuer;
  }
}

/** Numbers of a firmware text, for comparing. */
function olderThan(firmware: string, least: string): boolean {
  const [a, b] = [firmware.split('.').map(Number), least.split('.').map(Number)];
  for (let i = 0; i < 3; i++) if ((a[i] ?? 0) !== (b[i] ?? 0)) return (a[i] ?? 0) < (b[i] ?? 0);
  return false;
}

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
 * Judges what a client sends. Never throws for what the client sent; a trust anchor that is no certificate is the caller's own fault.
 * @throws CertificateError for a malformed trust anchor
 */
export async function verifyEnrollment(evidence: EnrollmentEvidence, policy: EnrollmentPolicy): Promise<EnrollmentVerdict> {
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
    if (policy.attestationRequired !== false) problems.push('attestation-missing');
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
  const path = await checkChain(
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
