import { equal } from '../../codec/bytes.ts';
import { LayerError } from '../../codec/errors.ts';
import { isAttestationFact } from './attestation.ts';
import type { Certificate } from './certificate.ts';
import { OID } from './oids.ts';
import { issuedBy } from './verify-certificate.ts';

/* The path from a statement up to a trust anchor (RFC 5280, 6.1), as far as this project enforces it; what it does not enforce is refused. */

export type PathProblem =
  | 'chain-broken'
  | 'chain-signature-wrong'
  | 'chain-expired'
  | 'chain-not-yet-valid'
  | 'chain-issuer-no-authority'
  | 'chain-too-long'
  | 'chain-name-constraints'
  | 'chain-unknown-critical';

/** Most certificates between a statement and its anchor, with the anchor. */
const MAX_PATH = 8;

/**
 * Extensions that may be critical: those that are enforced here, and two that take nothing away where no policy and no name is asked for
 * (RFC 5280, 6.1.1 c to f).
 */
const HANDLED: ReadonlySet<string> = new Set([OID.basicConstraints, OID.keyUsage, OID.certificatePolicies, OID.subjectAltName]);

/**
 * RFC 5280, 4.2: whoever does not handle a critical extension refuses the certificate. Name constraints are not compared with any name, so
 * they are refused even where an authority forgot to mark them critical (4.2.1.10).
 */
function criticalProblem({ extensions }: Certificate): PathProblem | undefined {
  if (extensions.some((each) => each.oid === OID.nameConstraints)) return 'chain-name-constraints';
  const unknown = extensions.some((each) => each.critical && !HANDLED.has(each.oid) && !isAttestationFact(each.oid));
  return unknown ? 'chain-unknown-critical' : undefined;
}

/** Whether `issuer` may sign certificates with `below` authorities between it and the end (RFC 5280, 6.1.4 k to n). */
function authorityProblem(issuer: Certificate, below: number): PathProblem | undefined {
  const { authority, pathLength } = issuer.basicConstraints;
  if (!authority || (issuer.keyUsage !== undefined && !issuer.keyUsage.includes('keyCertSign'))) return 'chain-issuer-no-authority';
  return pathLength !== undefined && below > pathLength ? 'chain-too-long' : undefined;
}

function timeProblem(certificate: Certificate, now: Date): PathProblem | undefined {
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
export async function checkPath(
  statement: Certificate,
  intermediates: readonly Certificate[],
  anchors: readonly Certificate[],
  now: Date,
): Promise<{ readonly chain: readonly Certificate[]; readonly problems: readonly PathProblem[] }> {
  const chain = [statement];
  const problems: PathProblem[] = [];
  const note = (problem: PathProblem | undefined): void => {
    if (problem !== undefined && !problems.includes(problem)) problems.push(problem);
  };
  note(timeProblem(statement, now));
  note(criticalProblem(statement));
  for (let current = statement; ;) {
    // What stands in the path already is no candidate: a root that nobody trusts ends it, and its own signature is not in question.
    const named = (each: Certificate): boolean => equal(each.subjectDer, current.issuerDer) && !chain.some((earlier) => equal(earlier.der, each.der));
    const candidates = [
      ...anchors.filter(named).map((issuer) => ({ issuer, anchor: true })),
      ...intermediates.filter(named).map((issuer) => ({ issuer, anchor: false })),
    ];
    let found: (typeof candidates)[number] | undefined;
    for (const candidate of candidates) {
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
    note(criticalProblem(found.issuer));
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
