import type { CardTransaction } from '../../channel/types.ts';
import { type Bytes, bytes } from '../../codec/bytes.ts';
import type { RandomSource } from '../../codec/random.ts';
import type {
  CardEdge,
  EdgeCapabilities,
  EdgeContainer,
  EdgeFile,
  EdgeIdentity,
  EdgeInspection,
  EdgePin,
  EdgePrivateKey,
  EdgePublicKey,
  GenerateRequest,
  OpenEdgeOptions,
  PinId,
  PinStatus,
} from '../../minidriver/card-edge.ts';
import { CardEdgeError } from '../../minidriver/edge-error.ts';
import { bitLength } from '../../crypto/pkcs1.ts';
import { MANAGEMENT_ALGORITHMS } from '../algorithms.ts';
import { buildCcc, buildChuid, parseChuid } from '../chuid.ts';
import { buildContainerMap, type ContainerRecord } from '../container-map.ts';
import { certificateContent, getData, putAndCompare, readCertificate } from '../data-objects.ts';
import { CardError } from '../errors.ts';
import * as keys from '../keys.ts';
import {
  answerChallenge,
  authenticateManagement,
  getChallenge,
  managementAlgorithmOf,
  protectedManagementKey,
  setManagementKey,
} from '../management.ts';
import { getMetadata, getSerial } from '../metadata.ts';
import { TAG } from '../objects.ts';
import { changePin, changePuk, logout, probePin, unblockPin, verifyPin } from '../pin.ts';
import { readRootCertificates, writeRootCertificates } from '../root-certificates.ts';
import type { PivSession } from '../session.ts';
import { KEY_REFERENCE, type PinRule, type PivSlot, SLOTS } from '../slots.ts';
import { capabilitiesOf } from './capabilities.ts';
import { buildContainerFile, DEFAULT, recordOf, recordsOfFile, usageOf, VALID } from './container-file.ts';
import { guarded } from './errors.ts';
import { inspectCard } from './inspect.ts';
import { derivedName } from './names.ts';
import { isPinRole, PIN_ROLES, pinsOf, ROLE, roleOf, ruleOf } from './roles.ts';
import { lenient, slotAt, SlotStates } from './slot-state.ts';

/** Years that a CHUID written by {@link PivEdge.provision} is good for. */
const CHUID_YEARS = 10;

export interface PivEdgeOptions extends OpenEdgeOptions {
  readonly random: RandomSource;
  readonly today: () => Date;
}

/** PIV as a card family of the minidriver. */
export class PivEdge implements CardEdge<CardTransaction> {
  readonly family = 'piv';
  readonly #piv: PivSession;
  readonly #options: PivEdgeOptions;
  readonly #slots: SlotStates;
  #chuid: { readonly guid: Bytes | undefined } | undefined;
  #serial: { readonly value: Bytes | undefined } | undefined;
  #containers: readonly EdgeContainer[] | undefined;
  #challenged = false;
  /** True when the caller itself answered the challenge: key 9B that was authenticated underneath is nobody's role. */
  #admin = false;

  constructor(piv: PivSession, options: PivEdgeOptions) {
    this.#piv = piv;
    this.#options = options;
    this.#slots = new SlotStates(piv);
  }

  get capabilities(): EdgeCapabilities {
    return capabilitiesOf(this.#piv);
  }

  get pins(): readonly EdgePin[] {
    return pinsOf(this.#piv.profile);
  }

  get authenticated(): number {
    const { pinVerified, pinFresh, managementAuthenticated } = this.#piv;
    return (pinVerified ? 1 << ROLE.USER : 0) | (pinFresh ? 1 << ROLE.SIGNATURE : 0) | (this.#admin && managementAuthenticated ? 1 << ROLE.ADMIN : 0);
  }

  attach(handle: CardTransaction): Promise<void> {
    return guarded(async () => {
      this.#admin = this.#challenged = false;
      if (handle.interrupted) this.#forget();
      await this.#piv.attach(handle);
    });
  }

  #forget(): void {
    this.#slots.clear();
    this.#chuid = this.#serial = this.#containers = undefined;
  }

  /** @throws CardEdgeError `no-such-container` */
  #slot(containerIndex: number): PivSlot {
    const slot = slotAt(containerIndex);
    if (slot === undefined) throw new CardEdgeError('no-such-container', `PIV has containers 0 to ${SLOTS.length - 1}`);
    return slot;
  }

  async #guid(): Promise<Bytes | undefined> {
    if (this.#chuid === undefined) {
      const content = await getData(this.#piv, TAG.CHUID);
      const chuid = content === undefined ? undefined : await lenient(async () => this.#piv.parse(0xcb, () => parseChuid(content)));
      this.#chuid = { guid: chuid?.guid };
    }
    return this.#chuid.guid;
  }

  identity(): Promise<EdgeIdentity> {
    return guarded(async () => {
      const guid = await this.#guid();
      this.#serial ??= { value: await getSerial(this.#piv) };
      const { value } = this.#serial;
      return { cardId: guid ?? bytes(16), cardName: this.#piv.profile.cardName, ...(value === undefined ? {} : { serialNumber: value }) };
    });
  }

  containers(): Promise<readonly EdgeContainer[]> {
    return guarded(async () => {
      if (this.#containers !== undefined) return this.#containers;
      const found: EdgeContainer[] = [];
      for (const [index, slot] of SLOTS.entries()) if (await this.#slots.occupied(index, slot)) found.push(await this.#container(index, slot));
      this.#containers = found;
      return found;
    });
  }

  async #container(index: number, slot: PivSlot): Promise<EdgeContainer> {
    const publicKey = await this.#slots.publicKey(index, slot);
    const metadata = await this.#slots.metadata(index, slot);
    const rule = await this.#slots.pinRule(index, slot);
    const record = await this.#slots.record(slot);
    const derived = slot.usage === 'signature' || (slot.usage === 'both' && publicKey?.kind === 'ec') ? 'signature' : 'key-exchange';
    return {
      index,
      place: slot.name,
      usage: this.#slots.usage(index) ?? (record === undefined ? undefined : usageOf(record.keySpec)) ?? derived,
      pinId: roleOf(rule),
      pinAlways: rule === 'always',
      hasCertificate: await this.#slots.hasCertificate(index, slot),
      ...(publicKey === undefined ? {} : { publicKey }),
      ...(record === undefined || record.name === '' ? {} : { storedName: record.name }),
      ...(record === undefined ? {} : { storedDefault: (record.flags & DEFAULT) !== 0 }),
      ...(record === undefined || record.associated === 0 ? {} : { associatedEcdhContainer: record.associated }),
      ...(metadata?.origin === undefined ? {} : { origin: metadata.origin }),
    };
  }

  containerName(containerIndex: number): Promise<string> {
    return guarded(async () => derivedName((await this.#guid()) ?? bytes(16), this.#slot(containerIndex).certificate));
  }

  pinStatus(pinId: PinId): Promise<PinStatus> {
    return guarded(async () => {
      if (pinId === ROLE.EVERYONE) return { verified: true };
      const reference = isPinRole(pinId)
        ? KEY_REFERENCE.PIV_PIN
        : pinId === ROLE.ADMIN
          ? KEY_REFERENCE.MANAGEMENT
          : pinId === ROLE.UNBLOCKER
            ? KEY_REFERENCE.PUK
            : undefined;
      if (reference === undefined) throw new CardEdgeError('bad-parameter', `PIV has no role ${pinId}`);
      const verified = (this.authenticated & (1 << pinId)) !== 0;
      const told = await lenient(() => getMetadata(this.#piv, reference));
      if (told?.retriesLeft !== undefined || !isPinRole(pinId)) {
        return {
          verified,
          ...(told?.retriesLeft === undefined ? {} : { retriesLeft: told.retriesLeft }),
          ...(told?.retriesTotal === undefined ? {} : { retriesTotal: told.retriesTotal }),
          ...(told?.isDefault === undefined ? {} : { isDefault: told.isDefault }),
        };
      }
      const { retriesLeft } = await probePin(this.#piv);
      return { verified, ...(retriesLeft === undefined ? {} : { retriesLeft }) };
    });
  }

  verifyPin(pinId: PinId, pin: Bytes): Promise<void> {
    return guarded(async () => {
      if (!isPinRole(pinId)) throw new CardEdgeError('unsupported', 'this role is not proven with a PIN');
      await verifyPin(this.#piv, pin);
    });
  }

  challenge(pinId: PinId): Promise<Bytes> {
    return guarded(async () => {
      if (pinId !== ROLE.ADMIN) throw new CardEdgeError('unsupported', 'this role is not proven with a challenge');
      const challenge = await getChallenge(this.#piv);
      this.#challenged = true;
      return challenge;
    });
  }

  respond(pinId: PinId, response: Bytes): Promise<void> {
    return guarded(async () => {
      if (pinId !== ROLE.ADMIN) throw new CardEdgeError('unsupported', 'this role is not proven with a challenge');
      if (!this.#challenged) throw new CardEdgeError('no-challenge', 'no challenge was fetched just before');
      this.#challenged = this.#admin = false;
      try {
        await answerChallenge(this.#piv, response);
      } catch (cause) {
        if (cause instanceof CardError && cause.reason === 'wrong-management-key')
          throw new CardEdgeError('wrong-pin', 'the response is wrong', { cause });
        throw cause;
      }
      this.#admin = true;
    });
  }

  deauthenticate(pinSet: number): Promise<void> {
    return guarded(async () => {
      if ((pinSet & (PIN_ROLES | (1 << ROLE.ADMIN))) === 0) return;
      await logout(this.#piv, this.#admin && (pinSet & (1 << ROLE.ADMIN)) === 0);
      this.#admin = this.#admin && this.#piv.managementAuthenticated;
    });
  }

  changePin(pinId: PinId, current: Bytes, next: Bytes): Promise<void> {
    return guarded(async () => {
      if (isPinRole(pinId)) return changePin(this.#piv, current, next);
      if (pinId === ROLE.UNBLOCKER) return changePuk(this.#piv, current, next);
      if (pinId !== ROLE.ADMIN) throw new CardEdgeError('unsupported', 'this role has nothing to change');
      this.#piv.require('set-management-key');
      const present = await managementAlgorithmOf(this.#piv);
      const row =
        present.keyBytes === next.length ? present : MANAGEMENT_ALGORITHMS.find((each) => each.keyBytes === next.length && each.name !== '3DES');
      if (row === undefined) throw new CardEdgeError('bad-parameter', `no management key has ${next.length} bytes`);
      await this.respond(pinId, current);
      await setManagementKey(this.#piv, row.name, next);
    });
  }

  unblockPin(unblocker: PinId, unblockerPin: Bytes, target: PinId, next: Bytes): Promise<void> {
    return guarded(async () => {
      if (unblocker !== ROLE.UNBLOCKER || !isPinRole(target)) throw new CardEdgeError('unsupported', 'only the PUK unblocks, and only the PIN');
      await unblockPin(this.#piv, unblockerPin, next);
    });
  }

  /** Authenticates key 9B underneath. What the options hand out is theirs to close. */
  async #administrate(): Promise<void> {
    const piv = this.#piv;
    if (piv.managementAuthenticated) return;
    const given = this.#options.managementKey?.();
    const own = given === undefined && piv.pinVerified ? await protectedManagementKey(piv) : undefined;
    const holder = given ?? own;
    if (holder === undefined) throw new CardEdgeError('no-management-key', 'nobody holds the management key of this card');
    try {
      await authenticateManagement(piv, holder);
    } catch (cause) {
      if (cause instanceof Error && 'layer' in cause) throw cause;
      throw new CardEdgeError('management-key-refused', 'the holder of the management key failed', { cause });
    } finally {
      own?.close();
    }
  }

  /** The PIN rule to send with a new key; undefined = the slot's own. @throws CardEdgeError `bad-parameter` before anything is sent */
  #ruleFor(request: GenerateRequest, slot: PivSlot): PinRule | undefined {
    const { containerIndex, pinId, usage, keyType } = request;
    const rule = ruleOf(pinId);
    if (rule === undefined || !this.capabilities.bindablePins(containerIndex).includes(pinId))
      throw new CardEdgeError('bad-parameter', `a key of ${slot.name} can't be bound to role ${pinId}`);
    const exchanges = slot.usage === 'key-exchange' || (slot.usage === 'both' && keyType.kind === 'rsa');
    if (usage === 'key-exchange' && !exchanges) throw new CardEdgeError('bad-parameter', `a key of ${slot.name} is for signatures`);
    return rule === slot.pin ? undefined : rule;
  }

  generate(request: GenerateRequest): Promise<EdgePublicKey> {
    return guarded(async () => {
      const { containerIndex, keyType, usage, onWaiting } = request;
      const slot = this.#slot(containerIndex);
      const rule = this.#ruleFor(request, slot);
      await this.#administrate();
      this.#changing(containerIndex);
      const publicKey = await keys.generateKey(this.#piv, slot.key, keyType, rule, onWaiting);
      this.#slots.made(containerIndex, publicKey, usage, 'generated', rule, this.#piv.profile.features.has('metadata'));
      return publicKey;
    });
  }

  importKey(request: GenerateRequest, key: EdgePrivateKey): Promise<void> {
    return guarded(async () => {
      const slot = this.#slot(request.containerIndex);
      const rule = this.#ruleFor(request, slot);
      this.#piv.require('import-key');
      await this.#administrate();
      this.#changing(request.containerIndex);
      await keys.importKey(this.#piv, slot.key, key.kind === 'rsa' ? { ...key, keyBits: bitLength(key.modulus) } : key, rule);
      const publicKey: EdgePublicKey =
        key.kind === 'rsa'
          ? { kind: 'rsa', modulus: key.modulus.slice(), publicExponent: key.publicExponent.slice() }
          : { kind: 'ec', curve: key.curve, point: key.point.slice() };
      this.#slots.made(request.containerIndex, publicKey, request.usage, 'imported', rule, this.#piv.profile.features.has('metadata'));
    });
  }

  deleteKey(containerIndex: number): Promise<void> {
    return guarded(async () => {
      const slot = this.#slot(containerIndex);
      if (!(await this.#slots.occupied(containerIndex, slot))) return;
      this.#piv.require('move-key');
      await this.#administrate();
      this.#changing(containerIndex);
      await keys.deleteKey(this.#piv, slot.key);
    });
  }

  /** A key is about to change: what is known of it goes before the card is told. */
  #changing(containerIndex: number): void {
    this.#slots.forgetKey(containerIndex);
    this.#containers = undefined;
  }

  /** @throws CardEdgeError `not-authenticated` when the key wants the PIN immediately before and it was not; nothing is sent to the key */
  async #fresh(containerIndex: number, slot: PivSlot): Promise<void> {
    if (this.#piv.pinFresh || (slot.pin !== 'always' && !this.#slots.knows(containerIndex))) return;
    if ((await this.#slots.pinRule(containerIndex, slot)) === 'always')
      throw new CardEdgeError('not-authenticated', `${slot.name} wants the PIN immediately before each use`);
  }

  rsaPrivate(containerIndex: number, block: Bytes): Promise<Bytes> {
    return guarded(async () => {
      const slot = this.#slot(containerIndex);
      await this.#fresh(containerIndex, slot);
      return keys.rsaPrivate(this.#piv, slot.key, block);
    });
  }

  async #curve(containerIndex: number, slot: PivSlot): Promise<'P-256' | 'P-384' | 'P-521'> {
    const key = await this.#slots.publicKey(containerIndex, slot);
    if (key === undefined) throw new CardEdgeError('no-key', `nothing tells the key of ${slot.name}`);
    if (key.kind !== 'ec') throw new CardEdgeError('bad-parameter', `${slot.name} holds an RSA key`);
    return key.curve;
  }

  ecdsaSign(containerIndex: number, digest: Bytes): Promise<Bytes> {
    return guarded(async () => {
      const slot = this.#slot(containerIndex);
      const curve = await this.#curve(containerIndex, slot);
      await this.#fresh(containerIndex, slot);
      return keys.ecdsaSign(this.#piv, slot.key, curve, digest);
    });
  }

  ecdh(containerIndex: number, point: Bytes): Promise<Bytes> {
    return guarded(async () => {
      const slot = this.#slot(containerIndex);
      const curve = await this.#curve(containerIndex, slot);
      await this.#fresh(containerIndex, slot);
      return keys.ecdh(this.#piv, slot.key, curve, point);
    });
  }

  readCertificate(containerIndex: number): Promise<Bytes | undefined> {
    return guarded(async () => (await this.#slots.certificate(containerIndex, this.#slot(containerIndex)))?.slice());
  }

  writeCertificate(containerIndex: number, der: Bytes | undefined): Promise<void> {
    return guarded(async () => {
      const slot = this.#slot(containerIndex);
      const content = der === undefined ? bytes(0) : await certificateContent(this.#piv, der);
      await this.#administrate();
      this.#slots.forgetCertificate(containerIndex);
      this.#containers = undefined;
      await putAndCompare(this.#piv, slot.certificate, content);
      this.#slots.wrote(containerIndex, der?.slice());
      await this.#refreshRecord(containerIndex, slot);
    });
  }

  /** Keeps the fingerprint in the card's own map true, where there is a record. */
  async #refreshRecord(containerIndex: number, slot: PivSlot): Promise<void> {
    const records = await this.#slots.map();
    const old = await this.#slots.record(slot);
    if (records === undefined || old === undefined) return;
    const certificate = await this.#slots.certificate(containerIndex, slot);
    const renewed = await recordOf(await this.#container(containerIndex, slot), old.name, old.flags, certificate);
    await this.#writeMap(records.map((record) => (record === old ? { ...old, fingerprint: renewed.fingerprint } : record)));
  }

  async #writeMap(records: readonly ContainerRecord[]): Promise<void> {
    await putAndCompare(this.#piv, TAG.CONTAINER_MAP, records.length === 0 ? bytes(0) : buildContainerMap(records));
    this.#slots.wroteMap(records);
    this.#containers = undefined;
  }

  readFile(file: EdgeFile): Promise<Bytes | undefined> {
    return guarded(async () => {
      if (file === 'msroots') return this.#piv.profile.features.has('container-map') ? readRootCertificates(this.#piv) : undefined;
      if (file !== 'cmapfile' || (await this.#slots.map()) === undefined) return undefined;
      const containers = await this.containers();
      const names: string[] = [];
      for (const container of containers) names.push(container.storedName ?? (await this.containerName(container.index)));
      return buildContainerFile(containers, names);
    });
  }

  writeFile(file: EdgeFile, content: Bytes): Promise<void> {
    return guarded(async () => {
      if ((file !== 'cmapfile' && file !== 'msroots') || !this.#piv.profile.features.has('container-map'))
        throw new CardEdgeError('unsupported', `this card has no home for ${file}`);
      if (file === 'msroots') {
        await this.#administrate();
        return writeRootCertificates(this.#piv, content);
      }
      const records = await recordsOfFile(content, await this.containers(), async (container) =>
        lenient(() => this.#slots.certificate(container.index, this.#slot(container.index))),
      );
      await this.#administrate();
      await this.#writeMap(records);
    });
  }

  /** PIV tells of no free space. */
  async freeBytes(): Promise<number | undefined> {
    return undefined;
  }

  associateEcdh(containerIndex: number, ecdhContainerIndex: number): Promise<void> {
    return guarded(async () => {
      const slot = this.#slot(containerIndex);
      if (this.#slot(ecdhContainerIndex).usage !== 'key-exchange')
        throw new CardEdgeError('bad-parameter', 'the other container can hold no ECDH key');
      this.#piv.require('container-map');
      const containers = await this.containers();
      const container = containers.find((each) => each.index === containerIndex);
      if (container === undefined) throw new CardEdgeError('no-key', 'the container is empty');
      const certificate = await lenient(() => this.#slots.certificate(containerIndex, slot));
      const records = (await this.#slots.map()) ?? [];
      const old = await this.#slots.record(slot);
      const base = old ?? (await recordOf(container, await this.containerName(containerIndex), VALID, certificate));
      const renewed = { ...base, associated: ecdhContainerIndex };
      await this.#administrate();
      await this.#writeMap(old === undefined ? [...records, renewed] : records.map((record) => (record === old ? renewed : record)));
    });
  }

  attest(containerIndex: number): Promise<{ readonly statement: Bytes; readonly issuer: Bytes | undefined }> {
    return guarded(async () => {
      const statement = await keys.attestKey(this.#piv, this.#slot(containerIndex).key);
      return { statement, issuer: await readCertificate(this.#piv, TAG.ATTESTATION) };
    });
  }

  inspect(): Promise<EdgeInspection> {
    return guarded(async () => inspectCard(this.#piv, this.#slots, this.#options.today()));
  }

  provision(): Promise<readonly string[]> {
    return guarded(async () => {
      const { random, today } = this.#options;
      const written: string[] = [];
      if ((await this.#guid()) === undefined) {
        const expiry = today();
        expiry.setUTCFullYear(expiry.getUTCFullYear() + CHUID_YEARS);
        await this.#administrate();
        this.#chuid = this.#containers = undefined;
        await putAndCompare(this.#piv, TAG.CHUID, buildChuid(random, expiry));
        written.push('CHUID');
      }
      if ((await getData(this.#piv, TAG.CCC)) === undefined) {
        await this.#administrate();
        await putAndCompare(this.#piv, TAG.CCC, buildCcc(random));
        written.push('CCC');
      }
      return written;
    });
  }
}
