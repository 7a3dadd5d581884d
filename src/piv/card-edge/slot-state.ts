import type { Bytes } from '../../codec/bytes.ts';
import { isCurve25519, mayBeOf } from '../algorithms.ts';
import { CardError, lenient } from '../errors.ts';
import { parseContainerMap, type ContainerRecord } from '../container-map.ts';
import { getData, readCertificate, retiredKeysOnCard } from '../data-objects.ts';
import { askMetadata, type Metadata } from '../metadata.ts';
import type { PublicKey } from '../../crypto/public-key.ts';
import { TAG } from '../objects.ts';
import type { PivSession } from '../session.ts';
import { type PinRule, type PivSlot, SLOTS } from '../slots.ts';
import { attestedKey, keyOf } from './certified-key.ts';

/** `null` = asked, and the card has none. */
interface SlotFacts {
  metadata?: Metadata | null;
  /** The card itself says that there is no key. */
  empty?: boolean;
  certificate?: Bytes | null;
  /** Public key by attestation. */
  attested?: PublicKey | null;
  /** Public key of a pair made or imported through this edge. */
  made?: { readonly publicKey: PublicKey; readonly usage: 'signature' | 'key-exchange' | undefined };
}

/**
 * What is known of each slot, so that nothing is asked twice. Dropped by {@link SlotStates.clear} when somebody else may have written.
 */
export class SlotStates {
  readonly #piv: PivSession;
  #slots = new Map<number, SlotFacts>();
  #map: readonly ContainerRecord[] | null | undefined;
  #retired: number | undefined;
  #retiredAsked = false;

  constructor(piv: PivSession) {
    this.#piv = piv;
  }

  clear(): void {
    this.#slots = new Map();
    this.#map = undefined;
    this.#retired = undefined;
    this.#retiredAsked = false;
  }

  #facts(index: number): SlotFacts {
    let facts = this.#slots.get(index);
    if (facts === undefined) this.#slots.set(index, (facts = {}));
    return facts;
  }

  /** The key is about to change. */
  forgetKey(index: number): void {
    const facts = this.#facts(index);
    delete facts.metadata;
    delete facts.empty;
    delete facts.attested;
    delete facts.made;
  }

  /** The certificate is about to change. */
  forgetCertificate(index: number): void {
    delete this.#facts(index).certificate;
  }

  /** Whether the card has told of the slot's key, so that asking for its PIN rule costs nothing. */
  knows(index: number): boolean {
    return this.#slots.get(index)?.metadata !== undefined;
  }

  /** A key was made or imported: what an earlier answer said of the old one is gone, the certificate object is untouched. */
  made(
    index: number,
    publicKey: PublicKey,
    usage: 'signature' | 'key-exchange' | undefined,
    origin: 'generated' | 'imported',
    pinRule: PinRule | undefined,
    hasMetadata: boolean,
  ): void {
    const { certificate } = this.#facts(index);
    this.#slots.set(index, {
      made: { publicKey, usage },
      // The card would say the same now; a rule left out is the slot's own.
      ...(hasMetadata ? { metadata: { origin, publicKey, ...(pinRule === undefined ? {} : { pinRule }) } } : {}),
      ...(certificate === undefined ? {} : { certificate }),
    });
  }

  wrote(index: number, certificate: Bytes | undefined): void {
    this.#facts(index).certificate = certificate ?? null;
  }

  async metadata(index: number, slot: PivSlot): Promise<Metadata | undefined> {
    const facts = this.#facts(index);
    if (facts.metadata === undefined) {
      const answer = await lenient(() => askMetadata(this.#piv, slot.key));
      facts.metadata = answer?.kind === 'told' ? answer.metadata : null;
      facts.empty = answer?.kind === 'absent';
    }
    return facts.metadata ?? undefined;
  }

  async certificate(index: number, slot: PivSlot): Promise<Bytes | undefined> {
    const facts = this.#facts(index);
    if (facts.certificate === undefined) facts.certificate = (await readCertificate(this.#piv, slot.certificate)) ?? null;
    return facts.certificate ?? undefined;
  }

  /** As {@link certificate}; undefined also for one that the card keeps back. */
  async shown(index: number, slot: PivSlot): Promise<Bytes | undefined> {
    try {
      return await this.certificate(index, slot);
    } catch (error) {
      if (error instanceof CardError && error.sw !== undefined) return undefined;
      throw error;
    }
  }

  /**
   * Whether this slot may hold a retired key at all, by the key history object. Asked once, on cards without metadata. A card of the
   * standard that has retired keys has the object (SP 800-73-4 part 1, 3.3.3); other makers' tools do not write it, so there its absence
   * says nothing, neither does an object that can't be read, and where the first place is empty it is not worth the question.
   */
  async mayHold(index: number): Promise<boolean> {
    if (index < 4) return true;
    if (!this.#retiredAsked) {
      const absent = this.#piv.profile.version === undefined ? 0 : undefined;
      if (absent === undefined && (index === 4 || this.#slots.get(4)?.certificate === null)) return true;
      const found = await lenient(async () => ({ onCard: await retiredKeysOnCard(this.#piv) }));
      // Without contacts neither the object nor the certificates it counts are given out.
      const hidden = this.#piv.interface === 'contactless' ? absent : undefined;
      this.#retired = found === undefined ? hidden : (found.onCard ?? absent);
      this.#retiredAsked = true;
    }
    return this.#retired === undefined || index - 4 < this.#retired || this.#slots.get(index)?.made !== undefined;
  }

  /** How many retired keys the history says there are, just read or written. */
  retiredAre(count: number | undefined): void {
    this.#retired = count;
    this.#retiredAsked = true;
  }

  /** The container map; undefined where the card has none. */
  async map(): Promise<readonly ContainerRecord[] | undefined> {
    if (!this.#piv.profile.features.has('container-map')) return undefined;
    if (this.#map === undefined) {
      const content = await getData(this.#piv, TAG.CONTAINER_MAP);
      // A map that makes no sense counts as none: names are then derived, and the next write replaces it.
      this.#map = content === undefined ? null : ((await lenient(async () => this.#piv.parse(0xcb, () => parseContainerMap(content)))) ?? null);
    }
    return this.#map ?? undefined;
  }

  wroteMap(records: readonly ContainerRecord[]): void {
    this.#map = records;
  }

  async record(slot: PivSlot): Promise<ContainerRecord | undefined> {
    return (await this.map())?.find((record) => record.slot === slot.key && (record.flags & 1) !== 0);
  }

  usage(index: number): 'signature' | 'key-exchange' | undefined {
    return this.#slots.get(index)?.made?.usage;
  }

  madeHere(index: number): PublicKey | undefined {
    return this.#slots.get(index)?.made?.publicKey;
  }

  /** The public key, from what was made here, the metadata, the certificate, or an attestation, in that order. */
  async publicKey(index: number, slot: PivSlot): Promise<PublicKey | undefined> {
    const made = this.madeHere(index);
    if (made !== undefined) return made;
    const { publicKey, algorithm } = (await this.metadata(index, slot)) ?? {};
    if (publicKey !== undefined) return publicKey;
    const der = await lenient(() => this.shown(index, slot));
    const certified = der === undefined ? undefined : keyOf(der);
    return certified !== undefined && mayBeOf(algorithm, certified) ? certified : this.attested(index, slot);
  }

  /**
   * The key that the card attests to have made, where it attests and its metadata do not tell; a card that has refused the metadata of its
   * version altogether is another maker's. Of the twenty retired slots none is asked: they are filled with certificates, and each question is an
   * exchange.
   */
  async attested(index: number, slot: PivSlot): Promise<PublicKey | undefined> {
    const { profile, metadataRefusals } = this.#piv;
    const { features } = profile;
    if (index >= 4 || metadataRefusals > 0 || !features.has('attestation')) return undefined;
    const facts = this.#facts(index);
    const { metadata, empty } = facts;
    const tells = metadata === undefined || empty === true || metadata?.publicKey !== undefined || isCurve25519(metadata?.algorithm);
    if (features.has('metadata') && tells) return undefined;
    if (facts.attested === undefined) facts.attested = (await attestedKey(this.#piv, slot.key)) ?? null;
    return facts.attested ?? undefined;
  }

  /** True when the card knows GET METADATA and answered that there is no key; false also when it was not asked. */
  saysEmpty(index: number): boolean {
    return this.#slots.get(index)?.empty === true;
  }

  /** Whether there is a key: the card says so, or one was made here, or (without metadata) a certificate or an attestation is there. */
  async occupied(index: number, slot: PivSlot): Promise<boolean> {
    if (this.madeHere(index) !== undefined) return true;
    if ((await this.metadata(index, slot)) !== undefined) return true;
    if (this.saysEmpty(index) || !(await this.mayHold(index))) return false;
    return (await this.hasCertificate(index, slot)) || (await this.attested(index, slot)) !== undefined;
  }

  /** A malformed certificate object counts as a certificate: something is stored. */
  async hasCertificate(index: number, slot: PivSlot): Promise<boolean> {
    try {
      return (await this.shown(index, slot)) !== undefined;
    } catch (error) {
      if (error instanceof CardError && error.reason === 'bad-answer') return true;
      throw error;
    }
  }

  /** The PIN rule that binds: the card's word where it has one, else the slot's. */
  async pinRule(index: number, slot: PivSlot): Promise<PinRule> {
    return (await this.metadata(index, slot))?.pinRule ?? slot.pin;
  }
}

/** Slot by container index; undefined outside 0..23 (CHOICES.md, container-indices). */
export function slotAt(index: number): PivSlot | undefined {
  return Number.isInteger(index) ? SLOTS[index] : undefined;
}
