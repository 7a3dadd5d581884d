import { type Bytes, equal } from '../../codec/bytes.ts';
import { type Certificate, isSignersCertificate, parseSignedData } from '../../crypto/certificates/index.ts';
import { digest } from '../../crypto/digest.ts';
import { OBJECTS, type PivObject, TAG } from '../objects.ts';
import { type HashList, parseHashList, parseSecurityObject, type SecurityObject } from '../security-object.ts';
import { SLOTS } from '../slots.ts';
import { type PivFinding, pivFinding } from './findings.ts';
import { certificatesInside, check, readable, signerNameCodes } from './signatures.ts';
import type { HashNode, SecurityNode } from './tree.ts';

/*
 * The security object (SP 800-73-4 part 1, 3.1.7). Only the list of hashes is signed; BA, which says whose each hash is, is not. So BA is
 * held against both sides: no signed hash may be left without an object, and no object without a hash.
 */

/** What is known of an object's content: undefined = behind the PIN, null = the card has none. */
export type ContentOf = (tag: number) => Bytes | null | undefined;

/** eContentType: id-icao-ldsSecurityObject (ICAO 9303 part 10, 4.6.2.3), and what stood in its draft, which the GSA's test cards have. */
const LIST_TYPES = ['2.23.136.1.1.1', '1.3.27.1.1.1'];

const SECURITY_NAME = OBJECTS.find((object) => object.tag === TAG.SECURITY)?.name;

/** What the list should name where the card has it: all but certificates, which their issuer signed, and the list itself. */
const certificateTags = new Set(SLOTS.map((slot) => slot.certificate));
const NAMEABLE = OBJECTS.filter(({ tag }) => !certificateTags.has(tag) && tag !== TAG.SECURITY);

const objectOf = (container: number): PivObject | undefined => OBJECTS.find((each) => each.container === container);

/** Each line of BA with the hash that is signed for it. */
async function compare({ groups }: SecurityObject, list: HashList, contentOf: ContentOf): Promise<HashNode[]> {
  const nodes: HashNode[] = [];
  for (const { group, container } of groups) {
    const object = objectOf(container);
    const listed = list.hashes.find((each) => each.group === group)?.hash;
    const stored = object === undefined ? undefined : contentOf(object.tag);
    let verdict: HashNode['verdict'];
    if (listed === undefined) verdict = 'absent';
    else if (stored === undefined || list.algorithm === undefined) verdict = 'unread';
    else if (stored === null) verdict = 'absent';
    else verdict = equal(await digest(list.algorithm, stored), listed) ? 'match' : 'mismatch';
    nodes.push({ group, container, name: object?.name ?? container.toString(16), verdict });
  }
  return nodes;
}

/** What BA leaves out, or names in vain. */
function coverageFindings({ groups }: SecurityObject, list: HashList, contentOf: ContentOf): PivFinding[] {
  const unclaimed = list.hashes.filter((each) => !groups.some(({ group }) => group === each.group));
  const unknown = groups.filter(({ container }) => objectOf(container) === undefined);
  const present = NAMEABLE.filter(({ tag }) => contentOf(tag) instanceof Uint8Array);
  const omitted = present.filter((object) => !groups.some(({ container }) => container === object.container));
  return [
    ...unclaimed.map(({ group }) => pivFinding('security-object-group-unclaimed', `${SECURITY_NAME}, ${group}`)),
    ...unknown.map(({ container }) => pivFinding('security-object-container-unknown', `${SECURITY_NAME}, ${container.toString(16)}`)),
    // 3.1.7 demands what is not signed otherwise, "such as the Printed Information", and recommends the rest.
    ...omitted.map(({ tag, name }) => pivFinding(tag === TAG.PRINTED ? 'security-object-omits-printed' : 'security-object-omits-object', name)),
  ];
}

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
    const object = parseSecurityObject(content);
    const data = parseSignedData(object.cms);
    return data.content === undefined ? undefined : { object, data, signed: data.content, list: parseHashList(data.content) };
  });
  if (read === undefined) return { node: undefined, findings: [pivFinding('malformed-security-object')] };
  const { object, data, signed, list } = read;
  const checked = await check(data, LIST_TYPES, signed, [...certificatesInside(data), ...(signer === undefined ? [] : [signer])]);
  const findings: PivFinding[] = signerNameCodes(checked, false).map((code) => pivFinding(code, SECURITY_NAME));
  let { verdict } = checked;
  // Signed by somebody whom neither the object nor the CHUID names: the standard wants the CHUID's signer.
  if (verdict === 'unchecked' && signer !== undefined && !data.signers.some((each) => isSignersCertificate(each, signer))) verdict = 'wrong';
  if (verdict === 'wrong' || verdict === 'absent') findings.push(pivFinding('security-object-signature-wrong'));
  // A signature that holds over hashes of a kind that nobody here can make says nothing of the objects.
  if (verdict === 'unchecked' || (verdict === 'valid' && list.algorithm === undefined)) findings.push(pivFinding('security-object-unchecked'));
  const hashes = await compare(object, list, contentOf);
  for (const each of hashes) {
    if (each.verdict === 'mismatch') findings.push(pivFinding('security-object-hash-mismatch', each.name));
    if (each.verdict === 'absent') findings.push(pivFinding('security-object-names-absent', each.name));
  }
  findings.push(...coverageFindings(object, list, contentOf));
  return { node: { algorithm: list.algorithm, signatureVerdict: verdict, hashes }, findings };
}
