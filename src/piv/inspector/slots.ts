import type { Bytes } from '../../codec/bytes.ts';
import { LayerError } from '../../codec/errors.ts';
import { toHex } from '../../codec/hex.ts';
import { type Certificate, decodeFascN, formatFascN, parseCertificate } from '../../crypto/certificates/index.ts';
import { bitLength } from '../../crypto/pkcs1.ts';
import { samePublicKey } from '../../crypto/public-key.ts';
import { mayBeOf } from '../algorithms.ts';
import type { SlotStates } from '../card-edge/slot-state.ts';
import type { Chuid } from '../chuid.ts';
import { CardError } from '../errors.ts';
import type { PivSession } from '../session.ts';
import { type PivSlot, SLOTS } from '../slots.ts';
import { type PivFinding, type PivFindingCode, pivFinding } from './findings.ts';
import { keyBelongs } from './prove.ts';
import type { InspectOptions, SlotNode } from './tree.ts';

const SECURITY_IDENTIFIER = '1.3.6.1.4.1.311.25.2';
const AUTHENTICATION = 0x9a;

/** What Windows' smart card logon wants of a certificate (fact: KB 4043463 and KB 5014754): purpose, principal name, security identifier. */
function logonCodes(certificate: Certificate): PivFindingCode[] {
  const codes: PivFindingCode[] = [];
  const { purposes, alternativeNames, extensions } = certificate;
  const enough = purposes === undefined || purposes.includes('smartcardLogon') || purposes.includes('anyExtendedKeyUsage');
  if (!enough) codes.push('logon-purpose-missing');
  if (!alternativeNames.some((each) => each.kind === 'upn')) codes.push('logon-upn-missing');
  if (!extensions.some((each) => each.oid === SECURITY_IDENTIFIER)) codes.push('logon-sid-missing');
  return codes;
}

/** The card's numbers in its own certificates (SP 800-73-4 part 1, 3.1.3): each must be the CHUID's where it stands. */
function identityCodes(certificate: Certificate, chuid: Chuid): PivFindingCode[] {
  const codes: PivFindingCode[] = [];
  const number = certificate.alternativeNames.find((each) => each.kind === 'fasc-n')?.value;
  if (number !== undefined && chuid.fascN !== undefined) {
    let own = toHex(chuid.fascN);
    try {
      own = formatFascN(decodeFascN(chuid.fascN));
    } catch (error) {
      if (!(error instanceof LayerError)) throw error;
    }
    if (own !== number) codes.push('certificate-fasc-n-mismatch');
  }
  const uuids = certificate.alternativeNames
    .filter((each) => each.kind === 'uri')
    .map((each) => /^urn:uuid:([0-9a-f-]{36})$/i.exec(each.value)?.[1]?.replace(/-/g, '').toLowerCase())
    .filter((each) => each !== undefined);
  const known = [toHex(chuid.guid), ...(chuid.cardholderUuid === undefined ? [] : [toHex(chuid.cardholderUuid)])];
  if (uuids.length > 0 && !uuids.some((each) => known.includes(each))) codes.push('certificate-guid-mismatch');
  return codes;
}

const isRetired = (slot: PivSlot): boolean => SLOTS.indexOf(slot) >= 4;

function certificateCodes(certificate: Certificate, slot: PivSlot, chuid: Chuid | undefined, now: Date): PivFindingCode[] {
  const codes: PivFindingCode[] = [];
  // The certificate of a retired key has done its work: the key is kept for what was enciphered to it.
  if (certificate.notAfter < now && !isRetired(slot)) codes.push('certificate-expired');
  if (certificate.notBefore > now) codes.push('certificate-not-yet-valid');
  if (certificate.publicKey?.kind === 'rsa' && bitLength(certificate.publicKey.modulus) < 2048) codes.push('short-rsa-key');
  if (slot.key === AUTHENTICATION) codes.push(...logonCodes(certificate));
  // The two certificates that name the card, not the person.
  if (chuid !== undefined && (slot.key === AUTHENTICATION || slot.key === 0x9e)) codes.push(...identityCodes(certificate, chuid));
  return codes;
}

/** Whether a private operation may be made here: the PIN that the key wants is there, and nobody has to touch anything. */
async function usable(piv: PivSession, slots: SlotStates, index: number, slot: PivSlot): Promise<boolean> {
  const touch = (await slots.metadata(index, slot))?.touch;
  if (touch === 'always' || touch === 'cached') return false;
  const rule = await slots.pinRule(index, slot);
  return rule === 'never' || (rule === 'once' ? piv.pinVerified : piv.pinFresh);
}

interface InspectedSlot {
  readonly node: SlotNode;
  readonly findings: readonly PivFinding[];
}

async function inspectSlot(
  piv: PivSession,
  slots: SlotStates,
  index: number,
  chuid: Chuid | undefined,
  options: InspectOptions,
): Promise<InspectedSlot> {
  const slot = SLOTS[index] as PivSlot;
  const metadata = await slots.metadata(index, slot);
  const empty = slots.saysEmpty(index);
  const publicKey = slots.madeHere(index) ?? metadata?.publicKey;
  const hasKey = metadata !== undefined || publicKey !== undefined;
  const base = { index, name: slot.name, key: slot.key, certificateTag: slot.certificate, metadata, publicKey, locked: false };
  const none = { ...base, certificate: undefined, keyProven: undefined };
  let der: Bytes | undefined;
  try {
    // Also of a place that the card calls empty: a moved or deleted key leaves its certificate behind.
    der = await slots.certificate(index, slot);
  } catch (error) {
    if (!(error instanceof CardError)) throw error;
    if (error.sw !== undefined) return { node: { ...none, locked: true }, findings: [] };
    return {
      node: { ...none, certificate: { der: new Uint8Array(0), parsed: undefined } },
      findings: [pivFinding('malformed-certificate', slot.name)],
    };
  }
  if (der === undefined) {
    const attested = publicKey ?? (await slots.attested(index, slot));
    const occupied = hasKey || attested !== undefined;
    return { node: { ...none, publicKey: attested }, findings: occupied ? [pivFinding('key-without-certificate', slot.name)] : [] };
  }
  let parsed: Certificate | undefined;
  try {
    parsed = parseCertificate(der);
  } catch (error) {
    if (!(error instanceof LayerError)) throw error;
  }
  const codes: PivFindingCode[] = parsed === undefined ? ['malformed-certificate'] : certificateCodes(parsed, slot, chuid, options.now);
  const certified = parsed?.publicKey;
  let keyProven: boolean | undefined;
  const another =
    certified !== undefined && (publicKey === undefined ? !mayBeOf(metadata?.algorithm, certified) : !samePublicKey(publicKey, certified));
  if (another) codes.push('certificate-of-another-key');
  else if (options.proveKeys === true && certified !== undefined && (await usable(piv, slots, index, slot))) {
    keyProven = await keyBelongs(piv, slot, certified, options.random ?? ((length) => crypto.getRandomValues(new Uint8Array(length))));
    if (keyProven === false) codes.push('certificate-of-another-key');
  }
  if (empty && !hasKey) codes.push('certificate-without-key');
  const node = { ...base, certificate: { der, parsed }, keyProven };
  return { node, findings: codes.map((code) => pivFinding(code, slot.name)) };
}

/** Index of 9C. */
const SIGNATURE = 1;

/**
 * 9C, before any other command is sent: its PIN must be fresh, and there are cards on which it is for the very next command alone. Proven on
 * those where the edge has read the certificate before the PIN.
 */
export function inspectSignatureSlot(piv: PivSession, slots: SlotStates, options: InspectOptions): Promise<InspectedSlot> {
  return inspectSlot(piv, slots, SIGNATURE, undefined, options);
}

/** All 24 slots; `signature` is 9C's. */
export async function inspectSlots(
  piv: PivSession,
  slots: SlotStates,
  chuid: Chuid | undefined,
  signature: InspectedSlot,
  options: InspectOptions,
): Promise<{ readonly nodes: readonly SlotNode[]; readonly findings: readonly PivFinding[] }> {
  const found: InspectedSlot[] = [];
  for (const index of SLOTS.keys()) {
    // Without a certificate it is asked once more, now that it is known how the card tells of its keys: nothing was proven there.
    const whole = index === SIGNATURE && (signature.node.certificate !== undefined || signature.node.locked);
    found.push(whole ? signature : await inspectSlot(piv, slots, index, chuid, options));
  }
  return { nodes: found.map(({ node }) => node), findings: found.flatMap(({ findings }) => findings) };
}

/** Index of the highest retired place in use, counted from 1; 0 when none is. */
export function highestRetired(nodes: readonly SlotNode[]): number {
  return nodes.reduce((most, node) => (node.index >= 4 && node.certificate !== undefined ? Math.max(most, node.index - 3) : most), 0);
}
