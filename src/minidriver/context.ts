import { type Bytes, wipe } from '../codec/bytes.ts';
import type { RandomSource } from '../codec/random.ts';
import { containerIndex } from './calls/checks.ts';
import type { CardEdge, EdgeContainer, EdgeUsage } from './card-edge.ts';
import type { CARD_DATA } from './cardmod/card-data.ts';
import { fail } from './cardmod/error.ts';
import { containerOf } from './edge-container.ts';
import { VirtualFiles } from './files/virtual-files.ts';
import type { PinEntryNotice } from './pins/pin-entry.ts';

export interface ContextOptions {
  readonly random: RandomSource;
  readonly onWaiting?: () => void;
  readonly onPinEntry?: PinEntryNotice;
}

/** Everything that one acquired context remembers; the entry points are functions over it. */
export class CardContext<Handle = unknown> {
  readonly dwVersion: number;
  readonly random: RandomSource;
  readonly onWaiting: (() => void) | undefined;
  readonly onPinEntry: PinEntryNotice | undefined;
  /** CP_PARENT_WINDOW and CP_PIN_CONTEXT_STRING as set: for the hint beside PIN entry on a reader. */
  parentWindow: object | 0 = 0;
  pinContextString: string | null = null;
  /** Files that the card family has no home for; they live as long as the context (S707 5.2; CHOICES.md, virtual-files). */
  readonly files: VirtualFiles = new VirtualFiles();
  /** Shared secrets of CardConstructDHAgreement by their byte index. */
  readonly agreements: Map<number, Bytes> = new Map();
  /** Usage that a key was created for in this context, where the card itself keeps no word of it. */
  readonly usages: Map<number, EdgeUsage> = new Map();
  readonly #cardData: CARD_DATA<Handle>;
  readonly #edge: CardEdge<Handle>;
  #attached: Handle;
  #deleted = false;

  constructor(cardData: CARD_DATA<Handle>, edge: CardEdge<Handle>, dwVersion: number, options: ContextOptions) {
    this.#cardData = cardData;
    this.#edge = edge;
    this.#attached = cardData.hScard;
    this.dwVersion = dwVersion;
    this.random = options.random;
    this.onWaiting = options.onWaiting;
    this.onPinEntry = options.onPinEntry;
  }

  get deleted(): boolean {
    return this.#deleted;
  }

  get cardData(): CARD_DATA<Handle> {
    return this.#cardData;
  }

  /** What the card family can do, for checks: nothing is exchanged through it. */
  get edge(): CardEdge<Handle> {
    return this.#edge;
  }

  /**
   * The card family on the caller's current transaction, which is adopted when it is another than before.
   * @throws MinidriverError SCARD_E_INVALID_HANDLE without one
   */
  async card(): Promise<CardEdge<Handle>> {
    const handle = this.#cardData.hScard;
    if (handle === null || handle === undefined || (handle as unknown) === 0) fail('SCARD_E_INVALID_HANDLE', 'hScard is missing');
    if (handle !== this.#attached) {
      await this.#edge.attach(handle);
      this.#attached = handle;
    }
    return this.#edge;
  }

  /** Occupied containers; a key made in this context has the usage it was made for. */
  async containers(): Promise<readonly EdgeContainer[]> {
    return (await (await this.card()).containers()).map((container) => this.#used(container));
  }

  #used(container: EdgeContainer): EdgeContainer {
    const usage = this.usages.get(container.index);
    return usage === undefined ? container : { ...container, usage };
  }

  /** One of {@link containers}, with no more questions to the card than its family needs for that one; undefined when it is empty. */
  async containerAt(index: number): Promise<EdgeContainer | undefined> {
    const found = await containerOf(await this.card(), index);
    return found === undefined ? undefined : this.#used(found);
  }

  /** @throws MinidriverError SCARD_E_NO_KEY_CONTAINER for an index out of range or an empty container */
  async container(index: unknown): Promise<EdgeContainer> {
    const wanted = containerIndex(this.#edge, index);
    return (await this.containerAt(wanted)) ?? fail('SCARD_E_NO_KEY_CONTAINER', 'the container is empty');
  }

  /** The content in memory of the caller's. @throws MinidriverError SCARD_E_NO_MEMORY (certification kit: OutOfMem; CHOICES.md, no-memory) */
  hand(content: Uint8Array): Bytes {
    const memory = this.reserve(content.length);
    memory.set(content);
    return memory;
  }

  /** Memory of the caller's. @throws MinidriverError SCARD_E_NO_MEMORY */
  reserve(lengthBytes: number): Bytes {
    const memory = this.#cardData.pfnCspAlloc(lengthBytes);
    if (!(memory instanceof Uint8Array) || memory.length < lengthBytes) fail('SCARD_E_NO_MEMORY', 'pfnCspAlloc failed');
    return memory.length === lengthBytes ? memory : memory.subarray(0, lengthBytes);
  }

  /** Ends the context; works without card and transaction (S707 2.3.1). */
  delete(): void {
    this.#deleted = true;
    for (const secret of this.agreements.values()) wipe(secret);
    this.agreements.clear();
    this.files.clear();
    this.usages.clear();
  }
}
