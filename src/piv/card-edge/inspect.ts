import { toHex } from '../../codec/hex.ts';
import type { EdgeInspection } from '../../minidriver/card-edge.ts';
import type { PivInspection, SecretNode } from '../inspector/tree.ts';
import { OBJECTS } from '../objects.ts';

type Entry = EdgeInspection['applet'][number];
type ObjectRow = EdgeInspection['objects'][number];

const hexTag = (tag: number): string => tag.toString(16).toUpperCase();

function readerValue({ enrolled, retriesLeft, temporaryPin }: SecretNode): string {
  const parts = [enrolled === true ? 'fingers enrolled' : 'no finger enrolled'];
  if (retriesLeft !== undefined) parts.push(`${retriesLeft} tries left`);
  if (temporaryPin === true) parts.push('temporary PIN set');
  return parts.join(', ');
}

function appletEntries(found: PivInspection): Entry[] {
  const { aid, label, algorithms, version, serialNumber, chuid } = found;
  const entries: Entry[] = [{ name: 'Card', value: found.cardName }];
  if (aid !== undefined) entries.push({ name: 'AID', value: toHex(aid) });
  if (label !== undefined) entries.push({ name: 'Label', value: label });
  if (version !== undefined) entries.push({ name: 'Version', value: version.join('.') });
  if (algorithms.length > 0) entries.push({ name: 'Algorithms', value: algorithms.map((id) => id.toString(16).padStart(2, '0')).join(' ') });
  const { secureMessaging, virtualContact, onCardComparison, secrets } = found;
  if (secureMessaging !== undefined) entries.push({ name: 'Secure messaging', value: secureMessaging });
  if (virtualContact.offered)
    entries.push({ name: 'Virtual contact interface', value: virtualContact.wantsPairingCode ? 'with pairing code' : 'without pairing code' });
  if (onCardComparison.offered) entries.push({ name: 'On-card comparison', value: `${onCardComparison.fingers} fingers` });
  const reader = secrets.find((each) => each.name === 'fingerprint');
  if (reader !== undefined) entries.push({ name: 'Fingerprint reader', value: readerValue(reader) });
  if (serialNumber !== undefined)
    entries.push({ name: 'Serial number', value: String(serialNumber.reduce((number, octet) => number * 256 + octet, 0)), personal: true });
  if (chuid === undefined) return entries;
  entries.push({ name: 'GUID', value: toHex(chuid.guid), personal: true });
  if (chuid.expiry !== undefined) entries.push({ name: 'Expiration date', value: chuid.expiry });
  const f = chuid.fascNumber;
  // Shown as bytes where it can't be read: cards with an invalid FASC-N exist.
  const number =
    f === undefined
      ? chuid.fascN === undefined
        ? undefined
        : toHex(chuid.fascN)
      : [f.agencyCode, f.systemCode, f.credentialNumber, f.credentialSeries, f.individualCredentialIssue, f.personIdentifier].join('-');
  if (number !== undefined) entries.push({ name: 'FASC-N', value: number, personal: true });
  return entries;
}

/** What a person is told of an object that was not read. */
const PROBLEMS = { absent: undefined, present: undefined, locked: 'not-authenticated', refused: 'refused', malformed: 'bad-answer' } as const;

function objectRows(found: PivInspection): ObjectRow[] {
  const rows = found.objects.map(({ name, tag, state, lengthBytes }): ObjectRow => {
    const problem = PROBLEMS[state];
    return {
      name,
      tag: hexTag(tag),
      present: state === 'present' || state === 'malformed',
      lengthBytes,
      ...(problem === undefined ? {} : { problem }),
    };
  });
  for (const { certificateTag, certificate, name, locked } of found.slots) {
    // Without contacts most are kept back, which one finding says of all.
    const refused = locked && found.interface === 'contact' ? 'refused' : undefined;
    const problem = certificate !== undefined && certificate.parsed === undefined ? 'bad-answer' : refused;
    rows.push({
      name: OBJECTS.find((object) => object.tag === certificateTag)?.name ?? name,
      tag: hexTag(certificateTag),
      present: certificate !== undefined,
      lengthBytes: certificate?.der.length ?? 0,
      ...(problem === undefined ? {} : { problem }),
    });
  }
  return rows;
}

/** The inspector's tree in the minidriver port's terms. */
export function edgeInspection(found: PivInspection): EdgeInspection {
  return { applet: appletEntries(found), objects: objectRows(found), findings: found.findings };
}
