import { lenient } from '../errors.ts';
import { type Bytes, bytes } from '../../codec/bytes.ts';
import type { RandomSource } from '../../codec/random.ts';
import type { EdgeContainer, OpenEdgeOptions } from '../../minidriver/card-edge.ts';
import { CardEdgeError } from '../../minidriver/edge-error.ts';
import { parseChuid } from '../chuid.ts';
import type { CardInterface } from '../contactless.ts';
import { getData } from '../data-objects.ts';
import { getSerial } from '../metadata.ts';
import { TAG } from '../objects.ts';
import type { PivSession } from '../session.ts';
import { type PivSlot, SLOTS } from '../slots.ts';
import { DEFAULT, usageOf } from './container-file.ts';
import { derivedName } from './names.ts';
import { roleOf } from './roles.ts';
import { slotAt, SlotStates } from './slot-state.ts';

export interface PivEdgeOptions extends OpenEdgeOptions {
  readonly random: RandomSource;
  readonly today: () => Date;
  /** How the card is read, where the caller knows it better than the answer to reset tells. */
  readonly interface?: CardInterface;
}

/** What the parts of the edge share: the session, what earlier answers taught, and the way to key 9B. */
export class EdgeState {
  readonly piv: PivSession;
  readonly options: PivEdgeOptions;
  readonly slots: SlotStates;
  #chuid: { readonly guid: Bytes | undefined } | undefined;
  #serial: { readonly value: Bytes | undefined } | undefined;
  #containers: readonly EdgeContainer[] | undefined;

  constructor(piv: PivSession, options: PivEdgeOptions) {
    this.piv = piv;
    this.options = options;
    this.slots = new SlotStates(piv);
  }

  /**
   * A card that nobody here can administer: no holder of key 9B was given, the caller has not proven it, and the card has no home for one
   * behind the PIN. It is read-only then, as S707 7.4 means it (CHOICES.md, read-only-piv).
   */
  get readOnly(): boolean {
    return this.options.managementKey === undefined && !this.piv.managementAuthenticated && !this.piv.profile.features.has('set-management-key');
  }

  /** Somebody else may have written. */
  forget(): void {
    this.slots.clear();
    this.#chuid = this.#serial = this.#containers = undefined;
  }

  forgetContainers(): void {
    this.#containers = undefined;
  }

  forgetChuid(): void {
    this.#chuid = this.#containers = undefined;
  }

  /** @throws CardEdgeError `no-such-container` */
  slot(containerIndex: number): PivSlot {
    const slot = slotAt(containerIndex);
    if (slot === undefined) throw new CardEdgeError('no-such-container', `PIV has containers 0 to ${SLOTS.length - 1}`);
    return slot;
  }

  async guid(): Promise<Bytes | undefined> {
    if (this.#chuid === undefined) {
      const chuid = await lenient(async () => {
        const content = await getData(this.piv, TAG.CHUID);
        return content === undefined ? undefined : this.piv.parse(0xcb, () => parseChuid(content));
      });
      this.#chuid = { guid: chuid?.guid };
    }
    return this.#chuid.guid;
  }

  async serial(): Promise<Bytes | undefined> {
    this.#serial ??= { value: await getSerial(this.piv) };
    return this.#serial.value;
  }

  async containers(): Promise<readonly EdgeContainer[]> {
    if (this.#containers !== undefined) return this.#containers;
    const found: EdgeContainer[] = [];
    for (const [index, slot] of SLOTS.entries()) if (await this.slots.occupied(index, slot)) found.push(await this.container(index, slot));
    this.#containers = found;
    return found;
  }

  /** One of {@link containers}; nothing is asked that is about other slots. */
  async containerAt(index: number): Promise<EdgeContainer | undefined> {
    if (this.#containers !== undefined) return this.#containers.find((each) => each.index === index);
    const slot = slotAt(index);
    return slot !== undefined && (await this.slots.occupied(index, slot)) ? this.container(index, slot) : undefined;
  }

  async container(index: number, slot: PivSlot): Promise<EdgeContainer> {
    const publicKey = await this.slots.publicKey(index, slot);
    const metadata = await this.slots.metadata(index, slot);
    const rule = await this.slots.pinRule(index, slot);
    const record = await this.slots.record(slot);
    const derived = slot.usage === 'signature' || (slot.usage === 'both' && publicKey?.kind === 'ec') ? 'signature' : 'key-exchange';
    return {
      index,
      place: slot.name,
      usage: this.slots.usage(index) ?? (record === undefined ? undefined : usageOf(record.keySpec, publicKey)) ?? derived,
      pinId: roleOf(rule),
      pinAlways: rule === 'always',
      hasCertificate: await this.slots.hasCertificate(index, slot),
      ...(publicKey === undefined ? {} : { publicKey }),
      ...(record === undefined || record.name === '' ? {} : { storedName: record.name }),
      ...(record === undefined ? {} : { storedDefault: (record.flags & DEFAULT) !== 0 }),
      ...(record === undefined || record.associated === 0 ? {} : { associatedEcdhContainer: record.associated }),
      ...(metadata?.origin === undefined ? {} : { origin: metadata.origin }),
    };
  }

  async containerName(containerIndex: number): Promise<string> {
    return derivedName((await this.guid()) ?? bytes(16), this.slot(containerIndex).certificate);
  }

  /** Authenticates key 9B underneath. What the options hand out is theirs to close. */
  async administrate(): Promise<void> {
    const { piv } = this;
    if (piv.managementAuthenticated) return;
    const holder = this.options.managementKey?.();
    // The ciphers, and what a card keeps of its own, are loaded by who administers a card.
    if (holder === undefined) {
      const { hasProtectedManagementKey, recoverProtectedKey } = await import('../protected-key.ts');
      if (piv.pinVerified && (await recoverProtectedKey(piv))) return;
      if (piv.pinVerified && (await hasProtectedManagementKey(piv)))
        throw new CardEdgeError('management-key-refused', 'the key that the card keeps behind the PIN is not its management key');
      throw new CardEdgeError('no-management-key', 'nobody holds the management key of this card');
    }
    const { authenticateManagement } = await import('../management.ts');
    try {
      await authenticateManagement(piv, holder);
    } catch (cause) {
      if (cause instanceof Error && 'layer' in cause) throw cause;
      throw new CardEdgeError('management-key-refused', 'the holder of the management key failed', { cause });
    }
  }
}
