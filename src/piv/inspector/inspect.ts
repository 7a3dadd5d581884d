import { type Bytes, wipe } from '../../codec/bytes.ts';
import { CodecError } from '../../codec/errors.ts';
import { type AdminData, keysInside, managementKeyHome, parseAdminData } from '../admin-data.ts';
import { managementAlgorithm } from '../algorithms.ts';
import { parseBiometricRecord } from '../biometric.ts';
import { FINGERPRINT } from '../card-life.ts';
import { parseBiometric, parseBitGroup, parseDiscovery, parseMessagingSigner, parsePairingCode, parsePrinted } from '../card-objects.ts';
import { SlotStates } from '../card-edge/slot-state.ts';
import { parseCcc } from '../ccc.ts';
import { readCertificateChain } from '../certificate-chain.ts';
import { parseCertificateObject } from '../certificate-object.ts';
import { parseChuid } from '../chuid.ts';
import { parseContainerMap } from '../container-map.ts';
import { adoptDiscovery, getData } from '../data-objects.ts';
import { CardError, lenient } from '../errors.ts';
import { parseFascN } from '../fascn.ts';
import { type KeyHistory, parseKeyHistory, RETIRED_KEYS } from '../key-history.ts';
import { getMetadata, getSerial } from '../metadata.ts';
import { OBJECTS, type PivObject, TAG, VENDOR_OBJECTS } from '../objects.ts';
import { probePin } from '../pin.ts';
import type { PivSession } from '../session.ts';
import { KEY_REFERENCE, SLOTS } from '../slots.ts';
import { type PivFinding, pivFinding } from './findings.ts';
import { checkBiometric } from './biometrics.ts';
import { contactlessFindings, messagingSignerNode, secureMessagingOf, virtualContactOf } from './without-contacts.ts';
import { checkOffCard } from './off-card.ts';
import { checkSecurityObject } from './security.ts';
import { checkChuid } from './signatures.ts';
import { highestRetired, inspectSignatureSlot, inspectSlots } from './slots.ts';
import type { BiometricNode, ChuidNode, InspectOptions, ObjectNode, PivInspection, SecretNode, SlotNode } from './tree.ts';

/** Keys whose certificates are off the card fill this one downward. */
const LAST_RETIRED = 0x95;

const certificateTags = new Set(SLOTS.map((slot) => slot.certificate));

/** What came of the objects. */
class Objects {
  readonly nodes: ObjectNode[] = [];
  readonly findings: PivFinding[] = [];
  readonly #contents = new Map<number, Bytes | null | undefined>();

  /** Undefined = behind the PIN or not readable, null = absent. */
  contentOf = (tag: number): Bytes | null | undefined => this.#contents.get(tag);

  async read(piv: PivSession, object: PivObject): Promise<void> {
    const base = { name: object.name, tag: object.tag, container: object.container };
    // What the PIN guards is asked for only after the PIN: the answer would tell nothing.
    if (object.read === 'pin' && !piv.pinVerified) {
      this.nodes.push({ ...base, state: 'locked', lengthBytes: 0 });
      return;
    }
    try {
      const content = (await getData(piv, object.tag)) ?? null;
      this.#contents.set(object.tag, content);
      this.nodes.push({ ...base, state: content === null ? 'absent' : 'present', lengthBytes: content?.length ?? 0 });
    } catch (error) {
      if (!(error instanceof CardError)) throw error;
      const refused = error.reason === 'not-authenticated' ? 'locked' : 'refused';
      const state = error.sw === undefined ? 'malformed' : refused;
      this.nodes.push({ ...base, state, lengthBytes: 0 });
      if (state === 'malformed') this.findings.push(pivFinding('malformed-object', object.name));
    }
  }

  /** A parsed object; undefined when absent. A malformed one is marked and found fault with. */
  parse<T>(tag: number, body: (content: Bytes) => T, fault: PivFinding): T | undefined {
    const content = this.#contents.get(tag);
    if (content === undefined || content === null) return undefined;
    try {
      return body(content);
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      this.#fault(tag, fault);
      return undefined;
    }
  }

  malformed<T>(tag: number, body: (content: Bytes) => T): T | undefined {
    return this.parse(tag, body, this.#malformed(tag));
  }

  /** Finds fault with what is there and can't be unpacked, or does not go on in the objects behind it; what the card refuses tells nothing. */
  async unpacked(tag: number, body: (content: Bytes) => Promise<unknown>): Promise<void> {
    const content = this.#contents.get(tag);
    if (content === undefined || content === null) return;
    try {
      await body(content);
    } catch (error) {
      if (!(error instanceof CodecError) && !(error instanceof CardError)) throw error;
      if (error instanceof CodecError || error.sw === undefined) this.#fault(tag, this.#malformed(tag));
    }
  }

  #malformed(tag: number): PivFinding {
    return pivFinding('malformed-object', this.nodes.find((node) => node.tag === tag)?.name);
  }

  #fault(tag: number, fault: PivFinding): void {
    this.findings.push(fault);
    const at = this.nodes.findIndex((node) => node.tag === tag);
    const node = this.nodes[at];
    if (node !== undefined) this.nodes[at] = { ...node, state: 'malformed' };
  }
}

const SECRETS = [
  { name: 'pin', reference: KEY_REFERENCE.PIV_PIN },
  { name: 'puk', reference: KEY_REFERENCE.PUK },
  { name: 'management-key', reference: KEY_REFERENCE.MANAGEMENT },
] as const;

async function inspectSecrets(piv: PivSession): Promise<{
  readonly secrets: SecretNode[];
  readonly managementAlgorithm: number | undefined;
  readonly findings: PivFinding[];
}> {
  const secrets: SecretNode[] = [];
  const findings: PivFinding[] = [];
  let algorithm: number | undefined = piv.managementAlgorithm?.id;
  for (const { name, reference } of SECRETS) {
    const told = await lenient(() => getMetadata(piv, reference));
    if (name === 'management-key') algorithm = told?.algorithm ?? algorithm;
    const { retriesLeft, retriesTotal, isDefault } = told ?? {};
    const probed = name === 'pin' && retriesLeft === undefined ? (await probePin(piv)).retriesLeft : undefined;
    const left = retriesLeft ?? probed;
    secrets.push({
      name,
      ...(left === undefined ? {} : { retriesLeft: left }),
      ...(retriesTotal === undefined ? {} : { retriesTotal }),
      ...(isDefault === undefined ? {} : { isDefault }),
    });
    if (isDefault === true) findings.push(pivFinding(`default-${name}`));
    const blocked = name === 'pin' && piv.pinReference === KEY_REFERENCE.GLOBAL_PIN ? 'global-pin' : name;
    if (left === 0 && blocked !== 'management-key') findings.push(pivFinding(`blocked-${blocked}`));
  }
  // A fingerprint reader is on few cards of this family; the others answer that there is no such reference.
  const finger = await lenient(() => getMetadata(piv, FINGERPRINT));
  if (finger !== undefined) {
    const { retriesLeft, fingerprintsEnrolled: enrolled, temporaryPin } = finger;
    secrets.push({
      name: 'fingerprint',
      ...(retriesLeft === undefined ? {} : { retriesLeft }),
      ...(enrolled === undefined ? {} : { enrolled }),
      ...(temporaryPin === undefined ? {} : { temporaryPin }),
    });
  }
  return { secrets, managementAlgorithm: algorithm, findings };
}

async function chuidNode(objects: Objects, now: Date): Promise<{ readonly node: ChuidNode | undefined; readonly findings: readonly PivFinding[] }> {
  const content = objects.contentOf(TAG.CHUID);
  if (content === null) return { node: undefined, findings: [pivFinding('missing-chuid')] };
  const chuid = objects.parse(TAG.CHUID, parseChuid, pivFinding('malformed-chuid'));
  if (chuid === undefined || content === undefined) return { node: undefined, findings: [] };
  const { verdict, signer, findings } = await checkChuid(chuid, content, now);
  const found = [...findings];
  const { fascN } = chuid;
  let fascNumber: ChuidNode['fascNumber'];
  try {
    fascNumber = fascN === undefined ? undefined : parseFascN(fascN);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    found.push(pivFinding('malformed-fasc-n'));
  }
  if (chuid.expiry !== undefined && chuid.expiry < now.toISOString().slice(0, 10).replace(/-/g, '')) found.push(pivFinding('chuid-expired'));
  return { node: { ...chuid, fascNumber, signatureVerdict: verdict, signer }, findings: found };
}

/** Key history against what is there: on-card certificates fill 82 upward (SP 800-73-4 part 1, 3.3.3). `fetched`: the file was asked for. */
function historyFindings(history: KeyHistory | undefined, absent: boolean, slots: readonly SlotNode[], fetched: boolean): PivFinding[] {
  const certificates = slots.filter((node) => node.index >= 4 && node.certificate !== undefined).length;
  if (history === undefined) return absent && certificates > 0 ? [pivFinding('key-history-missing')] : [];
  const found: PivFinding[] = [];
  const tooMany = history.onCard + history.offCard > RETIRED_KEYS;
  const highest = highestRetired(slots);
  // The count is a bound: what stands below it with places left out is found, and only moving keys would close the gap.
  if (tooMany || history.onCard !== highest) found.push(pivFinding('key-history-inconsistent'));
  else if (certificates !== highest) found.push(pivFinding('key-history-gap'));
  if (history.offCard > 0 && history.url !== undefined && !fetched) found.push(pivFinding('key-history-off-card'));
  if (history.offCard > 0 && history.url === undefined) found.push(pivFinding('key-history-without-url'));
  return found;
}

/** Each biometric record that can be read, against the CHUID. An empty one says that nothing was collected. */
async function biometricNodes(
  objects: Objects,
  chuid: ChuidNode | undefined,
  now: Date,
): Promise<{ readonly nodes: BiometricNode[]; readonly findings: PivFinding[] }> {
  const nodes: BiometricNode[] = [];
  const findings: PivFinding[] = [];
  for (const tag of [TAG.FINGERPRINTS, TAG.FACE, TAG.IRIS]) {
    const record = objects.malformed(tag, parseBiometric);
    if (record === undefined || record.length === 0) continue;
    // Read here so that a record that is none is found fault with as any other object is.
    if (objects.malformed(tag, (content) => parseBiometricRecord(parseBiometric(content))) === undefined) continue;
    const name = OBJECTS.find((object) => object.tag === tag)?.name ?? '';
    const { node, findings: found } = await checkBiometric(name, record, chuid, chuid?.signer, now);
    nodes.push(node);
    findings.push(...found);
  }
  return { nodes, findings };
}

/** Whether the Printed Information object holds a management key instead of what is printed. */
function holdsManagementKey(printed: Bytes): boolean {
  const keys = keysInside(printed) ?? [];
  wipe(...keys);
  return keys.length > 0;
}

/**
 * Everything readable on a card as a typed tree, with the problems found. No VERIFY with data and no write; private operations only where
 * `proveKeys` asks for them.
 */
export async function inspectPiv(piv: PivSession, options: InspectOptions, slotStates: SlotStates = new SlotStates(piv)): Promise<PivInspection> {
  const { now } = options;
  const signature = await inspectSignatureSlot(piv, slotStates, options);
  const objects = new Objects();
  const vendor = piv.profile.version === undefined ? [] : VENDOR_OBJECTS;
  for (const object of [...OBJECTS.filter((each) => !certificateTags.has(each.tag)), ...vendor]) await objects.read(piv, object);
  const serialNumber = await getSerial(piv);

  const chuid = await chuidNode(objects, now);
  const ccc = objects.parse(TAG.CCC, parseCcc, pivFinding('malformed-ccc'));
  const discovery = objects.malformed(TAG.DISCOVERY, parseDiscovery);
  if (piv.pinReference === undefined && piv.profile.version === undefined) adoptDiscovery(piv, discovery);
  const keyHistory = objects.parse(TAG.KEY_HISTORY, parseKeyHistory, pivFinding('malformed-key-history'));
  const printed = objects.malformed(TAG.PRINTED, parsePrinted);
  const bitGroup = objects.malformed(TAG.BIT_GROUP, parseBitGroup);
  const signer = objects.malformed(TAG.MESSAGING_SIGNER, parseMessagingSigner);
  objects.malformed(TAG.PAIRING_CODE, parsePairingCode);
  objects.malformed(TAG.CONTAINER_MAP, parseContainerMap);
  await objects.unpacked(TAG.ATTESTATION, parseCertificateObject);
  await objects.unpacked(TAG.ROOTS_FIRST, () => readCertificateChain(piv));
  const admin: AdminData | undefined = objects.malformed(TAG.ADMIN_DATA, parseAdminData);

  const printedContent = objects.contentOf(TAG.PRINTED);
  const holds = printedContent === undefined ? undefined : { holdsKey: printedContent !== null && holdsManagementKey(printedContent) };
  const managementKey = vendor.length === 0 ? 'unknown' : managementKeyHome(admin, holds);

  const secrets = await inspectSecrets(piv);
  const slots = await inspectSlots(piv, slotStates, chuid.node, signature, options);

  const securityContent = objects.contentOf(TAG.SECURITY);
  const security =
    securityContent === undefined || securityContent === null
      ? undefined
      : await checkSecurityObject(securityContent, chuid.node?.signer, objects.contentOf);
  const biometrics = await biometricNodes(objects, chuid.node, now);
  const { fetchOffCard } = options;
  const offCard = keyHistory?.url === undefined || fetchOffCard === undefined ? undefined : await checkOffCard(keyHistory, fetchOffCard, slots.nodes);
  // The history says of these that their certificates are elsewhere.
  const offCardKeys = new Set<string | undefined>(
    SLOTS.filter(({ key }) => key <= LAST_RETIRED && key > LAST_RETIRED - (keyHistory?.offCard ?? 0)).map((slot) => slot.name),
  );
  const signed = chuid.node?.signature !== undefined && chuid.node.signature.length > 0;

  const findings: PivFinding[] = [
    ...chuid.findings,
    ...objects.findings,
    ...(objects.contentOf(TAG.CCC) === null ? [pivFinding('missing-ccc')] : []),
    ...(ccc !== undefined && ccc.dataModel !== 0x10 ? [pivFinding('ccc-data-model')] : []),
    // A card whose issuer signed the CHUID has the object by the standard; one that its holder enrolled has neither.
    ...(signed && securityContent === null ? [pivFinding('missing-security-object')] : []),
    ...(security?.findings ?? []),
    ...biometrics.findings,
    ...secrets.findings,
    // What software noted of the PUK counts where the card itself does not tell.
    ...(admin?.pukBlocked === true && secrets.secrets.every(({ name, retriesLeft }) => name !== 'puk' || retriesLeft === undefined)
      ? [pivFinding('blocked-puk')]
      : []),
    ...(managementKey === 'derived' ? [pivFinding('management-key-derived')] : []),
    ...(managementKey === 'conflict' ? [pivFinding('management-key-data-conflict')] : []),
    ...slots.findings.filter((each) => each.code !== 'key-without-certificate' || !offCardKeys.has(each.place)),
    ...historyFindings(keyHistory, objects.contentOf(TAG.KEY_HISTORY) === null, slots.nodes, offCard !== undefined),
    ...(offCard?.findings ?? []),
    ...contactlessFindings(piv, objects.nodes, slots.nodes, discovery),
  ];
  const { aid, label, algorithms } = piv.application;
  return {
    cardName: piv.profile.cardName,
    aid,
    label,
    algorithms,
    version: piv.profile.version,
    serialNumber,
    secrets: secrets.secrets,
    managementAlgorithm: secrets.managementAlgorithm === undefined ? undefined : managementAlgorithm(secrets.managementAlgorithm)?.name,
    managementKey,
    onCardComparison: { offered: ((discovery?.usagePolicy ?? 0) & 0x10) !== 0, fingers: bitGroup?.count ?? 0 },
    interface: piv.interface,
    secureMessaging: secureMessagingOf(algorithms),
    virtualContact: virtualContactOf(discovery),
    objects: objects.nodes,
    chuid: chuid.node,
    ccc,
    discovery,
    keyHistory,
    offCard: offCard?.node,
    security: security?.node,
    messagingSigner: signer === undefined ? undefined : await messagingSignerNode(signer),
    biometrics: biometrics.nodes,
    printed,
    slots: slots.nodes,
    findings,
  };
}
