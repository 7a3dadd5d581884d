import { certificateFacts } from '../../crypto/certificate-facts.ts';
import { samePublicKey } from '../../crypto/public-key.ts';
import { toHex } from '../../codec/hex.ts';
import type { EdgeInspection } from '../../minidriver/card-edge.ts';
import { parseChuid } from '../chuid.ts';
import { getData } from '../data-objects.ts';
import { CardError } from '../errors.ts';
import { parseFascN } from '../fascn.ts';
import { getMetadata, getSerial } from '../metadata.ts';
import { OBJECTS, type PivObject, TAG, VENDOR_OBJECTS } from '../objects.ts';
import type { PivSession } from '../session.ts';
import { KEY_REFERENCE, type PivSlot, SLOTS } from '../slots.ts';
import { lenient, type SlotStates } from './slot-state.ts';
import type { Bytes } from '../../codec/bytes.ts';

type Finding = EdgeInspection['findings'][number];
type ObjectRow = EdgeInspection['objects'][number];
type Entry = EdgeInspection['applet'][number];

const certificateTags = new Set(SLOTS.map((slot) => slot.certificate));

/** Default values of PIN, PUK and management key, where the card says so. */
const DEFAULTS = [
  { reference: KEY_REFERENCE.PIV_PIN, code: 'default-pin' },
  { reference: KEY_REFERENCE.PUK, code: 'default-puk' },
  { reference: KEY_REFERENCE.MANAGEMENT, code: 'default-management-key' },
] as const;

function chuidEntries(content: Bytes): Entry[] {
  const chuid = parseChuid(content);
  const entries: Entry[] = [{ name: 'GUID', value: toHex(chuid.guid), personal: true }];
  if (chuid.expiry !== undefined) entries.push({ name: 'Expiration date', value: chuid.expiry });
  if (chuid.fascN !== undefined) {
    let value = toHex(chuid.fascN);
    try {
      const f = parseFascN(chuid.fascN);
      value = [f.agencyCode, f.systemCode, f.credentialNumber, f.credentialSeries, f.individualCredentialIssue, f.personIdentifier].join('-');
    } catch {
      // Shown as bytes: cards with an invalid FASC-N exist.
    }
    entries.push({ name: 'FASC-N', value, personal: true });
  }
  return entries;
}

/** One object's row; objects behind the PIN answer 6982, which tells nothing of their presence. */
async function objectRow(piv: PivSession, object: PivObject): Promise<{ row: ObjectRow; content: Bytes | undefined }> {
  const base = { name: object.name, tag: object.tag.toString(16).toUpperCase() };
  try {
    const content = await getData(piv, object.tag);
    return { row: { ...base, present: content !== undefined, lengthBytes: content?.length ?? 0 }, content };
  } catch (error) {
    if (!(error instanceof CardError)) throw error;
    return { row: { ...base, present: error.reason === 'bad-answer', lengthBytes: 0, problem: error.reason }, content: undefined };
  }
}

async function slotFindings(
  piv: PivSession,
  slots: SlotStates,
  index: number,
  slot: PivSlot,
  nowMs: number,
): Promise<{ row: ObjectRow; findings: Finding[] }> {
  const findings: Finding[] = [];
  const place = slot.name;
  const base = {
    name: OBJECTS.find((object) => object.tag === slot.certificate)?.name ?? slot.name,
    tag: slot.certificate.toString(16).toUpperCase(),
  };
  const hasKey = piv.profile.features.has('metadata') ? (await slots.metadata(index, slot)) !== undefined : slots.madeHere(index) !== undefined;
  let der: Bytes | undefined;
  try {
    // Retired places are many: where the card tells of its keys, an empty one is not asked for a certificate.
    const ask = index < 4 || (piv.profile.features.has('metadata') ? hasKey : await slots.mayHold(index));
    der = ask ? await slots.certificate(index, slot) : undefined;
  } catch (error) {
    if (!(error instanceof CardError)) throw error;
    findings.push({ code: 'malformed-certificate', severity: 'error', place });
    return { row: { ...base, present: true, lengthBytes: 0, problem: error.reason }, findings };
  }
  if (der === undefined) {
    if (hasKey) findings.push({ code: 'key-without-certificate', severity: 'info', place });
    return { row: { ...base, present: false, lengthBytes: 0 }, findings };
  }
  try {
    const facts = certificateFacts(der);
    if (facts.notAfterMs < nowMs) findings.push({ code: 'certificate-expired', severity: 'warning', place });
    if (facts.notBeforeMs > nowMs) findings.push({ code: 'certificate-not-yet-valid', severity: 'warning', place });
    const onCard = slots.madeHere(index) ?? (await slots.metadata(index, slot))?.publicKey;
    if (onCard !== undefined && facts.publicKey !== undefined && !samePublicKey(onCard, facts.publicKey))
      findings.push({ code: 'certificate-of-another-key', severity: 'error', place });
  } catch {
    findings.push({ code: 'malformed-certificate', severity: 'error', place });
  }
  if (piv.profile.features.has('metadata') && !hasKey) findings.push({ code: 'certificate-without-key', severity: 'warning', place });
  return { row: { ...base, present: true, lengthBytes: der.length }, findings };
}

/** Everything readable without changing anything: no VERIFY with data, no write. `now` dates the certificates. */
export async function inspectCard(piv: PivSession, slots: SlotStates, now: Date): Promise<EdgeInspection> {
  const applet: Entry[] = [{ name: 'Card', value: piv.profile.cardName }];
  const objects: ObjectRow[] = [];
  const findings: Finding[] = [];
  const { aid, label, algorithms } = piv.application;
  if (aid !== undefined) applet.push({ name: 'AID', value: toHex(aid) });
  if (label !== undefined) applet.push({ name: 'Label', value: label });
  if (piv.profile.version !== undefined) applet.push({ name: 'Version', value: piv.profile.version.join('.') });
  if (algorithms.length > 0) applet.push({ name: 'Algorithms', value: algorithms.map((id) => id.toString(16).padStart(2, '0')).join(' ') });
  const serial = await getSerial(piv);
  if (serial !== undefined)
    applet.push({ name: 'Serial number', value: String(serial.reduce((number, octet) => number * 256 + octet, 0)), personal: true });

  const vendor = piv.profile.version === undefined ? [] : VENDOR_OBJECTS;
  for (const object of [...OBJECTS.filter((each) => !certificateTags.has(each.tag)), ...vendor]) {
    // What the PIN guards is asked for only after the PIN: the answer would tell nothing.
    if (object.read === 'pin' && !piv.pinVerified) {
      objects.push({ name: object.name, tag: object.tag.toString(16).toUpperCase(), present: false, lengthBytes: 0, problem: 'not-authenticated' });
      continue;
    }
    const { row, content } = await objectRow(piv, object);
    objects.push(row);
    if (object.tag === TAG.CHUID) {
      const entries = content === undefined ? undefined : await lenient(async () => piv.parse(0xcb, () => chuidEntries(content)));
      if (entries !== undefined) applet.push(...entries);
      else findings.push({ code: row.present ? 'malformed-chuid' : 'missing-chuid', severity: 'warning' });
    }
    if (object.tag === TAG.CCC && !row.present) findings.push({ code: 'missing-ccc', severity: 'info' });
  }
  for (const [index, slot] of SLOTS.entries()) {
    const found = await slotFindings(piv, slots, index, slot, now.getTime());
    objects.push(found.row);
    findings.push(...found.findings);
  }
  for (const { reference, code } of DEFAULTS) {
    const told = await lenient(() => getMetadata(piv, reference));
    if (told?.isDefault === true) findings.push({ code, severity: 'warning' });
    if (told?.retriesLeft === 0) findings.push({ code: code.replace('default', 'blocked'), severity: 'error' });
  }
  return { applet, objects, findings };
}
