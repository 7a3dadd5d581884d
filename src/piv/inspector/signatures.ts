import { type Bytes, equal } from '../../codec/bytes.ts';
import { LayerError } from '../../codec/errors.ts';
import {
  type Certificate,
  isSignersCertificate,
  parseCertificate,
  parseSignedData,
  signedBy,
  type SignedData,
} from '../../crypto/certificates/index.ts';
import { digest } from '../../crypto/digest.ts';
import { type Chuid, chuidSignedOctets } from '../chuid.ts';
import { OBJECTS } from '../objects.ts';
import { parseHashList, parseSecurityObject } from '../security-object.ts';
import { type PivFinding, pivFinding } from './findings.ts';
import type { HashNode, SecurityNode, SignatureVerdict } from './tree.ts';

/* The two signatures of a PIV card: of the CHUID, and of the hashes of all objects. */

interface Checked {
  readonly verdict: SignatureVerdict;
  readonly signer: Certificate | undefined;
}

/** Undefined instead of what can't be read; errors that are no layer's go on. */
function readable<T>(body: () => T): T | undefined {
  try {
    return body();
  } catch (error) {
    if (error instanceof LayerError) return undefined;
    throw error;
  }
}

async function check(data: SignedData, content: Uint8Array, candidates: readonly Certificate[]): Promise<Checked> {
  const [signer] = data.signers;
  if (signer === undefined) return { verdict: 'absent', signer: undefined };
  const certificate = candidates.find((each) => isSignersCertificate(signer, each));
  if (certificate === undefined) return { verdict: 'unchecked', signer: undefined };
  try {
    return { verdict: (await signedBy(data, signer, content, certificate)) ? 'valid' : 'wrong', signer: certificate };
  } catch (error) {
    if (error instanceof LayerError) return { verdict: 'unchecked', signer: certificate };
    throw error;
  }
}

/**
 * A signature beside its content, by a certificate inside it or, where there is none, by the signer of the card's CHUID (SP 800-76-2, 9.3).
 * `attributes` is the SET that was signed.
 */
export async function checkDetached(
  signature: Bytes,
  content: Bytes,
  cardSigner: Certificate | undefined,
): Promise<{ readonly verdict: SignatureVerdict; readonly attributes: Bytes | undefined }> {
  if (signature.length === 0) return { verdict: 'absent', attributes: undefined };
  const data = readable(() => parseSignedData(signature));
  if (data === undefined) return { verdict: 'wrong', attributes: undefined };
  const inside = data.certificates.map((der) => readable(() => parseCertificate(der))).filter((each) => each !== undefined);
  const { verdict } = await check(data, content, [...inside, ...(cardSigner === undefined ? [] : [cardSigner])]);
  return { verdict, attributes: data.signers[0]?.signedAttributes };
}

/** The purpose that a signer of PIV objects has (FIPS 201-3, 4.2.1). */
const CONTENT_SIGNING = 'pivContentSigning';

/** SP 800-73-4 part 1, 3.1.2.1: the signer's certificate is inside the signature. */
export async function checkChuid(chuid: Chuid, content: Bytes, now: Date): Promise<Checked & { readonly findings: readonly PivFinding[] }> {
  const findings: PivFinding[] = [];
  if (chuid.signature === undefined || chuid.signature.length === 0)
    return { verdict: 'absent', signer: undefined, findings: [pivFinding('chuid-unsigned')] };
  const { signature } = chuid;
  const data = readable(() => parseSignedData(signature));
  if (data === undefined) return { verdict: 'wrong', signer: undefined, findings: [pivFinding('chuid-signature-wrong')] };
  const inside = data.certificates.map((der) => readable(() => parseCertificate(der))).filter((each) => each !== undefined);
  const checked = await check(data, chuidSignedOctets(content), inside);
  if (checked.verdict === 'wrong' || checked.verdict === 'absent') findings.push(pivFinding('chuid-signature-wrong'));
  if (checked.verdict === 'unchecked') findings.push(pivFinding('chuid-signature-unchecked'));
  if (checked.signer !== undefined) {
    if (checked.signer.notAfter < now) findings.push(pivFinding('chuid-signer-expired'));
    if (checked.signer.purposes?.includes(CONTENT_SIGNING) !== true) findings.push(pivFinding('chuid-signer-purpose'));
  }
  return { ...checked, findings };
}

/** What is known of an object's content: undefined = behind the PIN, null = the card has none. */
export type ContentOf = (tag: number) => Bytes | null | undefined;

/**
 * SP 800-73-4 part 1, 3.1.7: no certificate inside, the CHUID's signer signs it. The hash covers the value inside 53; for the discovery
 * object the value inside 7E.
 */
export async function checkSecurityObject(
  content: Bytes,
  signer: Certificate | undefined,
  contentOf: ContentOf,
): Promise<{ readonly node: SecurityNode | undefined; readonly findings: readonly PivFinding[] }> {
  const read = readable(() => {
    const { groups, cms } = parseSecurityObject(content);
    const data = parseSignedData(cms);
    return { groups, data, list: data.content === undefined ? undefined : parseHashList(data.content) };
  });
  if (read?.list === undefined || read.data.content === undefined) return { node: undefined, findings: [pivFinding('malformed-security-object')] };
  const { groups, data, list } = read;
  const findings: PivFinding[] = [];
  const inside = data.certificates.map((der) => readable(() => parseCertificate(der))).filter((each) => each !== undefined);
  let { verdict } = await check(data, read.data.content, [...inside, ...(signer === undefined ? [] : [signer])]);
  // Signed by somebody whom neither the object nor the CHUID names: the standard wants the CHUID's signer.
  if (verdict === 'unchecked' && signer !== undefined && !data.signers.some((each) => isSignersCertificate(each, signer))) verdict = 'wrong';
  if (verdict === 'wrong' || verdict === 'absent') findings.push(pivFinding('security-object-signature-wrong'));
  if (verdict === 'unchecked') findings.push(pivFinding('security-object-unchecked'));
  const hashes: HashNode[] = [];
  for (const { group, container } of groups) {
    const object = OBJECTS.find((each) => each.container === container);
    const name = object?.name ?? container.toString(16);
    const listed = list.hashes.find((each) => each.group === group)?.hash;
    const stored = object === undefined ? undefined : contentOf(object.tag);
    let result: HashNode['verdict'];
    if (listed === undefined) result = 'absent';
    else if (stored === undefined || list.algorithm === undefined) result = 'unread';
    else if (stored === null) result = 'absent';
    else result = equal(await digest(list.algorithm, stored), listed) ? 'match' : 'mismatch';
    if (result === 'mismatch') findings.push(pivFinding('security-object-hash-mismatch', name));
    if (result === 'absent') findings.push(pivFinding('security-object-names-absent', name));
    hashes.push({ group, container, name, verdict: result });
  }
  return { node: { algorithm: list.algorithm, signatureVerdict: verdict, hashes }, findings };
}
