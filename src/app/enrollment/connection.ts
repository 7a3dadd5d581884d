import type { OpenReader, Slot } from '../../channel/types.ts';
import { toHex } from '../../codec/hex.ts';
import { UsbError } from '../../usb/errors.ts';
import type { CardSummary, PlaceSummary } from '../card-summary.ts';
import { FlowError } from '../errors.ts';
import { toProblem } from '../problem.ts';
import { CardSession, type CardSessionParts } from './card-session.ts';
import { readCard, readPlaces } from './reading.ts';
import type { KnownReader, Readers } from './readers.ts';
import type { Job, Stage } from './stage.ts';
import type { EnrollmentStateOf, ReaderChoice } from './state.ts';

export interface ConnectionParts extends CardSessionParts {
  readonly now: () => Date;
}

/** Longest time for a card to answer to reset, storms of time extensions included. */
const POWER_MS = 120_000;

/** The way to a card: readers, one of them open, one of its slots, the card in it. Shows the states up to the overview. */
export class Connection {
  readonly #stage: Stage;
  readonly #readers: Readers;
  readonly #parts: ConnectionParts;
  readonly #onEvent: () => void;
  #known: readonly KnownReader[] = [];
  #reader: KnownReader | undefined;
  #open: OpenReader | undefined;
  #slot: Slot | undefined;
  #session: CardSession | undefined;
  #card: CardSummary | undefined;
  #forgetReaders: (() => void) | undefined;
  #forgetSlots: (() => void)[] = [];
  /** What happened and was not looked at yet. */
  #readersChanged = false;
  #slotsChanged = false;
  #lost: 'card' | 'reader' | undefined;

  /** `onEvent` is called when readers or cards came or went. */
  constructor(stage: Stage, readers: Readers, parts: ConnectionParts, onEvent: () => void) {
    this.#stage = stage;
    this.#readers = readers;
    this.#parts = parts;
    this.#onEvent = onEvent;
  }

  get session(): CardSession | undefined {
    return this.#session;
  }

  get card(): CardSummary | undefined {
    return this.#card;
  }

  get reader(): KnownReader | undefined {
    return this.#reader;
  }

  get simulated(): boolean {
    return this.#reader?.info.simulated === true;
  }

  get slot(): Slot | undefined {
    return this.#slot;
  }

  get lost(): 'card' | 'reader' | undefined {
    return this.#lost;
  }

  takeSlotsChanged(): boolean {
    const changed = this.#slotsChanged;
    this.#slotsChanged = false;
    return changed;
  }

  takeReadersChanged(): boolean {
    const changed = this.#readersChanged;
    this.#readersChanged = false;
    return changed;
  }

  /** What is known of the card is new. */
  renew(change: Partial<CardSummary>): CardSummary | undefined {
    if (this.#card !== undefined) this.#card = { ...this.#card, ...change };
    return this.#card;
  }

  /** The card with the places that the overview did without: they are read the first time they matter. */
  async wholeCard(): Promise<CardSummary> {
    const session = this.#session;
    const card = this.#card;
    if (session === undefined || card === undefined) throw new FlowError('session-ended', 'no card is in use');
    if (card.places.length === session.family.places.length) return card;
    const rest = await session.briefly(() => readPlaces(session, this.#parts.now(), 'retired'));
    return (this.#card = { ...card, places: [...card.places, ...rest] });
  }

  renewPlace(place: PlaceSummary): void {
    const places = this.#card?.places.map((each) => (each.containerIndex === place.containerIndex ? place : each));
    if (places !== undefined) this.renew({ places });
  }

  known(readerId: string): KnownReader | undefined {
    return this.#known.find(({ info }) => info.id === readerId);
  }

  /** Whether a reader is still listed. */
  async stillThere(readerId: string): Promise<boolean> {
    return (await this.#readers.list()).some(({ info }) => info.id === readerId);
  }

  /** Lists the readers. With `open` the only one is opened at once. */
  async lookAround(job: Job, options: { readonly open?: boolean; readonly nothingChosen?: boolean } = {}): Promise<void> {
    const { open = false, nothingChosen = false } = options;
    await this.closeReader();
    if (nothingChosen) job.check();
    else this.#stage.show(job, { kind: 'looking-for-readers' });
    this.#forgetReaders ??= this.#readers.onChange(() => {
      this.#readersChanged = true;
      this.#onEvent();
    });
    this.#readersChanged = false;
    this.#known = await job.unlessAbandoned(this.#readers.list());
    const [only, ...more] = this.#known;
    const { canRequest, ordinaryPage } = this.#readers;
    if (only === undefined) this.#stage.show(job, { kind: 'no-reader', canRequest, nothingChosen, ordinaryPage });
    else if (open && more.length === 0) await this.openReader(job, only);
    else {
      const readers = this.#known.map(({ info }): ReaderChoice => ({ info }));
      this.#stage.show(job, { kind: 'choose-reader', readers, canRequest, nothingChosen });
      void this.#fillVerdicts(job, this.#known);
    }
  }

  /** Looks into each reader while the person reads the list. */
  async #fillVerdicts(lookingAround: Job, known: readonly KnownReader[]): Promise<void> {
    await lookingAround.done;
    for (const each of known) {
      const verdict = await each.access().catch(() => undefined);
      const { state, job } = this.#stage;
      if (state.kind !== 'choose-reader' || job !== undefined || this.#known !== known) return;
      const readers = state.readers.map((choice) => (choice.info.id === each.info.id && verdict !== undefined ? { ...choice, verdict } : choice));
      this.#stage.put({ ...state, readers });
    }
  }

  /** The browser's chooser, started in the caller's turn. */
  async request(job: Job): Promise<void> {
    const chosen = await job.unlessAbandoned(this.#readers.request());
    await (chosen === null ? this.lookAround(job, { nothingChosen: true }) : this.openReader(job, chosen));
  }

  async openReader(job: Job, reader: KnownReader): Promise<void> {
    await this.closeReader();
    const { info } = reader;
    this.#reader = reader;
    this.#stage.show(job, { kind: 'opening-reader', reader: info });
    const opening = reader.reader.open({ signal: job.signal });
    opening.then(
      // Whoever gave up waiting leaves nothing open.
      (late) => (job.signal.aborted ? late.close() : undefined),
      () => undefined,
    );
    try {
      this.#open = await job.unlessAbandoned(opening);
    } catch (error) {
      job.check();
      const verdict = await reader.access();
      if (verdict.reachable) throw error;
      if (verdict.reason === 'unplugged') await this.lookAround(job);
      else this.#stage.show(job, { kind: 'reader-denied', reader: info, verdict, canRequest: this.#readers.canRequest });
      return;
    }
    this.#watch(this.#open);
    await this.#pickSlot(job, this.#open);
  }

  #watch(open: OpenReader): void {
    this.#lost = undefined;
    this.#slotsChanged = false;
    void open.closed.then(() => {
      if (this.#open !== open) return;
      this.#lost = 'reader';
      this.#onEvent();
    });
    this.#forgetSlots = open.slots.map((slot) =>
      slot.onChange(() => {
        this.#slotsChanged = true;
        this.#onEvent();
      }),
    );
  }

  /** The only slot, or the only one with a card; else the person says. */
  async #pickSlot(job: Job, open: OpenReader): Promise<void> {
    const occupied = open.slots.filter(({ presence }) => presence !== 'absent');
    const slot = open.slots.length === 1 ? open.slots[0] : occupied.length === 1 ? occupied[0] : undefined;
    if (slot !== undefined) await this.enterSlot(job, slot);
    else if (open.slots.length === 0) throw new UsbError('no-interface', 'the reader has no slot');
    else this.showSlots(job);
  }

  get severalSlots(): boolean {
    return (this.#open?.slots.length ?? 0) > 1;
  }

  showSlots(job: Job): void {
    if (this.#open === undefined || this.#reader === undefined) return;
    const slots = this.#open.slots.map(({ index, presence }) => ({ index, cardPresent: presence !== 'absent' }));
    this.#stage.show(job, { kind: 'choose-slot', reader: this.#reader.info, slots });
  }

  slotAt(slotIndex: number): Slot | undefined {
    return this.#open?.slots.find(({ index }) => index === slotIndex);
  }

  showInsertCard(job: Job): void {
    if (this.#reader === undefined || this.#slot === undefined) return;
    this.#stage.show(job, { kind: 'insert-card', reader: this.#reader.info, slotIndex: this.#slot.index });
  }

  /** Powers and reads the card, up to the overview or to what stands in its way. */
  async enterSlot(job: Job, slot: Slot): Promise<void> {
    await this.closeCard();
    if (this.#reader === undefined) return;
    const { info } = this.#reader;
    this.#slot = slot;
    this.#slotsChanged = false;
    if (slot.presence === 'absent') return this.showInsertCard(job);
    this.#stage.show(job, { kind: 'reading', reader: info });
    let atr = '';
    try {
      const session = await this.#connect(job, slot, (octets) => {
        atr = toHex(octets);
      });
      this.#card = await readCard(session, this.#parts.now());
      await session.rest();
    } catch (error) {
      const { lost } = this;
      await this.closeCard();
      job.check();
      const { what } = toProblem(error);
      if (lost === 'reader' || what === 'reader-unplugged') await this.lookAround(job);
      else if (what === 'no-card' || what === 'card-removed') this.showInsertCard(job);
      else if (what === 'card-mute') this.#stage.show(job, { kind: 'card-mute', reader: info });
      else if (what === 'card-unknown') this.#stage.show(job, { kind: 'unknown-card', reader: info, atr });
      else throw error;
      return;
    }
    this.showOverview(job);
  }

  async #connect(job: Job, slot: Slot, onAtr: (atr: Uint8Array) => void): Promise<CardSession> {
    const over = new AbortController();
    const late = new AbortController();
    this.#parts.clock.sleep(POWER_MS, over.signal).then(
      () => late.abort(),
      () => undefined,
    );
    try {
      const channel = await slot.connect({ signal: AbortSignal.any([job.signal, late.signal]) });
      onAtr(channel.atr);
      const session = await CardSession.open(channel, this.#parts, job.signal, slot.pinPad);
      this.#session = session;
      void channel.closed.then((reason) => {
        if (this.#session !== session) return;
        this.#lost ??= reason === 'card-removed' ? 'card' : 'reader';
        this.#onEvent();
      });
      return session;
    } finally {
      over.abort();
    }
  }

  showOverview(job: Job, notice?: EnrollmentStateOf<'overview'>['notice']): void {
    if (this.#reader === undefined || this.#card === undefined) return;
    this.#stage.show(job, { kind: 'overview', reader: this.#reader.info, card: this.#card, ...(notice === undefined ? {} : { notice }) });
  }

  /** De-authenticates and powers the card off; the reader stays open. */
  async closeCard(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    this.#card = undefined;
    if (this.#lost === 'card') this.#lost = undefined;
    await session?.close();
  }

  async closeReader(): Promise<void> {
    await this.closeCard();
    const open = this.#open;
    for (const forget of this.#forgetSlots) forget();
    this.#forgetSlots = [];
    this.#open = this.#slot = this.#lost = undefined;
    await open?.close().catch(() => undefined);
  }

  /** Frees everything and listens to nothing any more. */
  async close(): Promise<void> {
    await this.closeReader();
    this.#forgetReaders?.();
    this.#forgetReaders = undefined;
  }
}
