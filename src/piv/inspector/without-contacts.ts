import { LayerError } from '../../codec/errors.ts';
import { parseCertificate } from '../../crypto/certificates/index.ts';
import type { Discovery, MessagingSigner } from '../card-objects.ts';
import { MAX_CERTIFICATE_BYTES } from '../certificate-object.ts';
import { CONTACTLESS_OBJECTS } from '../contactless.ts';
import { inflate } from '../gzip.ts';
import { OBJECTS } from '../objects.ts';
import type { PivSession } from '../session.ts';
import { type PivFinding, pivFinding } from './findings.ts';
import type { MessagingSignerNode, ObjectNode, SlotNode, VirtualContactNode } from './tree.ts';

/* What the interface makes of a card: SP 800-73-4 part 1, tables 2 and 3, and the virtual contact interface of 5.5. */

const VIRTUAL_CONTACT = 0x08;
const WITHOUT_PAIRING_CODE = 0x04;

export function virtualContactOf(discovery: Discovery | undefined): VirtualContactNode {
  const policy = discovery?.usagePolicy ?? 0;
  const offered = (policy & VIRTUAL_CONTACT) !== 0;
  return { offered, wantsPairingCode: offered && (policy & WITHOUT_PAIRING_CODE) === 0 };
}

/** By the algorithms of the SELECT answer; a card that lists both suites offers neither as the standard has it. */
export function secureMessagingOf(algorithms: readonly number[]): 'CS2' | 'CS7' | undefined {
  const [cs2, cs7] = [algorithms.includes(0x27), algorithms.includes(0x2e)];
  return cs2 === cs7 ? undefined : cs2 ? 'CS2' : 'CS7';
}

/** What an object of the standard is kept back for, when it is. */
const STANDARD: ReadonlySet<number> = new Set(OBJECTS.map((object) => object.tag));

export function contactlessFindings(
  piv: PivSession,
  objects: readonly ObjectNode[],
  slots: readonly SlotNode[],
  discovery: Discovery | undefined,
): PivFinding[] {
  const { offered, wantsPairingCode } = virtualContactOf(discovery);
  const vci = offered ? [pivFinding(wantsPairingCode ? 'virtual-contact-pairing-code' : 'virtual-contact-offered')] : [];
  if (piv.interface !== 'contactless') return vci;
  const reserved = (tag: number): boolean => STANDARD.has(tag) && !CONTACTLESS_OBJECTS.has(tag);
  // What the PIN guards is locked either way: the rest tells.
  const guarded = new Set(OBJECTS.filter((object) => object.read === 'pin').map((object) => object.tag));
  const kept = objects.some((each) => each.state === 'locked' && reserved(each.tag) && !guarded.has(each.tag)) || slots.some((each) => each.locked);
  const open = [
    ...objects.filter((each) => each.state === 'present' && reserved(each.tag)).map((each) => each.name),
    ...slots.filter((each) => each.certificate !== undefined && reserved(each.certificateTag)).map((each) => each.name),
  ];
  return [...(kept ? [pivFinding('contactless-limited')] : []), ...open.map((place) => pivFinding('contactless-open', place)), ...vci];
}

/** The content-signing certificate of the secure messaging key (part 1, table 42). */
export async function messagingSignerNode({ certificate, compressed, intermediate }: MessagingSigner): Promise<MessagingSignerNode> {
  try {
    const der = compressed ? await inflate(certificate, 'gzip', MAX_CERTIFICATE_BYTES) : certificate;
    return { certificate: parseCertificate(der), intermediate: intermediate !== undefined };
  } catch (error) {
    if (!(error instanceof LayerError)) throw error;
    return { certificate: undefined, intermediate: intermediate !== undefined };
  }
}
