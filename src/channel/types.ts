import type { Bytes } from '../codec/bytes.ts';
import type { AccessVerdict } from '../usb/access.ts';

/** Facts that identify a reader to a person. */
export interface ReaderInfo {
  /** Stable for as long as the reader stays plugged in and the source lives. */
  readonly id: string;
  readonly name: string;
  readonly manufacturer?: string;
  readonly vendorId?: number;
  readonly productId?: number;
  readonly serialNumber?: string;
  /** True for readers that exist in software only; every screen that shows one says so. */
  readonly simulated: boolean;
}

/** One reader that a source knows of. Nothing is opened until {@link Reader.open}. */
export interface Reader {
  readonly info: ReaderInfo;
  /** Opens and claims; one slot per card position. Rejects with UsbError or CcidError. Counted: each call needs its own close. */
  open(options?: OpenReaderOptions): Promise<OpenReader>;
  /** Descriptor facts for diagnostics, gathered without claiming where the door is shut. */
  describe(): Promise<ReaderDescription>;
}

export interface OpenReaderOptions {
  readonly signal?: AbortSignal;
}

export interface OpenReader {
  readonly slots: readonly Slot[];
  readonly closed: Promise<ChannelCloseReason>;
  close(): Promise<void>;
}

/** Named facts in reading order, e.g. { name: 'dwFeatures', value: '0x000404FE', detail: 'short and extended APDU level, ...' }. */
export interface DescriptionEntry {
  readonly name: string;
  readonly value: string;
  readonly detail?: string;
}

export interface ReaderDescription {
  readonly device: readonly DescriptionEntry[];
  readonly ccid: readonly DescriptionEntry[];
  /** Names of the quirk rows that apply. */
  readonly quirks: readonly string[];
}

/** A door to readers: WebUSB, the Web Smart Card API, the simulator, a replayed trace. */
export interface ReaderSource {
  readonly kind: 'webusb' | 'web-smart-card' | 'simulator' | 'replay';
  /** Readers that may be used without asking. */
  list(): Promise<readonly Reader[]>;
  /** Asks the person; null when they chose none. Must be called from a user gesture where the source needs one. */
  request(): Promise<Reader | null>;
  /** Calls back after readers came or went; returns the unsubscriber. */
  onChange(listener: () => void): () => void;
  /** Whether this reader can be used from here. Opens and releases it to find out, and disturbs nobody who holds it. */
  access(reader: Reader): Promise<AccessVerdict>;
}

export type Presence = 'absent' | 'present' | 'powered' | 'unknown';

/** One card position of an open reader. */
export interface Slot {
  readonly index: number;
  readonly presence: Presence;
  /** Calls back after presence changed; returns the unsubscriber. Watching (interrupt or polling) lasts while somebody listens. */
  onChange(listener: (presence: Presence) => void): () => void;
  /** Powers the card. Rejects with ChannelError `no-card`, `card-mute`, `unsupported-level`, `unsupported-protocol`, `unplugged`. */
  connect(options?: ConnectOptions): Promise<CardChannel>;
  readonly pinPad?: PinPad;
}

export interface ConnectOptions {
  readonly signal?: AbortSignal;
}

export type ChannelCloseReason = 'closed' | 'card-removed' | 'unplugged' | 'lost';

/** Largest whole APDU that reader and card can carry together, in bytes, header included. */
export interface ChannelLimits {
  readonly shortCommandBytes: number;
  /** 0 = no extended APDUs. */
  readonly extendedCommandBytes: number;
  /** Largest answer of one response APDU, status word included. */
  readonly answerBytes: number;
}

/** One powered card. */
export interface CardChannel {
  readonly atr: Bytes;
  readonly protocol: 'T=0' | 'T=1' | 'unknown';
  readonly limits: ChannelLimits;
  /**
   * Runs `body` with exclusive use of the reader's device. Transactions queue in order; they do not nest (a nested call rejects
   * with ChannelError `busy`).
   */
  transaction<T>(body: (card: CardTransaction) => Promise<T>): Promise<T>;
  readonly closed: Promise<ChannelCloseReason>;
  /** Powers the card off and gives the slot back. Idempotent. */
  close(): Promise<void>;
}

export interface TransmitOptions {
  readonly signal?: AbortSignal;
  /**
   * How a command over the short limit travels: ISO 7816-4 command chaining, one extended APDU, or whichever card and reader
   * carry ('auto': chaining unless the card says it takes extended length).
   */
  readonly form?: 'auto' | 'chain' | 'extended';
  /** Called when the reader reports that the card asked for more time, and so on each further request. */
  readonly onWaiting?: () => void;
}

/** Only a transaction transmits: exclusion and re-selection have one home. */
export interface CardTransaction {
  /**
   * One whole command APDU in, data + SW1 SW2 out. GET RESPONSE, 6Cxx, chaining and T=0/T=1 are below. At most once: a command
   * that may have reached the card is never repeated. Rejects with {@link ChannelError}.
   */
  transmit(command: Bytes, options?: TransmitOptions): Promise<Bytes>;
  /** Resets the card, answers the ATR. Not every source can. */
  reset?(kind: 'warm' | 'cold'): Promise<Bytes>;
  /** True when somebody else's traffic or a reset came between our last transaction and this one: re-select, security state gone. */
  readonly interrupted: boolean;
  readonly atr: Bytes;
  readonly limits: ChannelLimits;
}

/** Length rules of a PIN, in characters. */
export interface PinLimits {
  readonly minLength: number;
  readonly maxLength: number;
}

export type PinPadResult =
  | { readonly kind: 'answer'; readonly response: Bytes }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'mismatch' };

/** PIN entry on the reader (CCID 1.1, 6.1.11; PC/SC part 10): the PIN never enters the page. */
export interface PinPad {
  readonly canModify: boolean;
  verify(template: Bytes, limits: PinLimits, options?: { readonly signal?: AbortSignal }): Promise<PinPadResult>;
  modify(template: Bytes, limits: PinLimits, options?: { readonly signal?: AbortSignal }): Promise<PinPadResult>;
}
