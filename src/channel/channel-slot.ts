import type { CcidSlot, IccStatus } from '../ccid/index.ts';
import type { ApduCarrier } from './apdu-carrier.ts';
import type { DriverContext } from './driver-context.ts';
import type { PinEntry } from './pin-pad.ts';
import type { SlotSession } from './slot-session.ts';
import type { CardChannel, ChannelCloseReason, PinPadResult, Presence } from './types.ts';

/** The transaction that runs on a slot, as far as the slot's PIN pad and the watch need it. */
export interface RunningTransaction {
  /** Runs `job` between two commands; undefined, and not run, while one is at work. */
  between<T>(job: () => Promise<T>): Promise<T | undefined>;
  /** PIN entry on the reader, in turn with the commands. */
  enterPin(entry: PinEntry): Promise<PinPadResult>;
}

/** A channel as its slot sees it. */
export interface SlotChannel extends CardChannel {
  /** The card or the reader went, or the owner closed. */
  end(reason: ChannelCloseReason): void;
}

/** What a channel needs of the slot whose card it is for. */
export interface ChannelSlot {
  readonly session: SlotSession;
  readonly context: DriverContext;
  readonly presence: Presence;
  /** The slot's commands while the interface is claimed. */
  readonly ccid: CcidSlot | undefined;
  /** The powered card; undefined after removal, reset by failure, or when the claim was given back. */
  readonly carrier: ApduCarrier | undefined;
  /** The transaction that runs now. */
  current: RunningTransaction | undefined;
  /** Whose transaction ran last on the powered card as it is now. */
  lastUser: SlotChannel | undefined;
  /** The powered card, powered now if need be. Wants the device alone. */
  power(): Promise<ApduCarrier>;
  /** A reset asked for by a transaction: the card answers anew, whoever used it. */
  reset(kind: 'warm' | 'cold'): Promise<ApduCarrier>;
  onStatus(status: IccStatus | 'present', changed: boolean): void;
  /** The card's state is unknown: it is reset before the next transaction. */
  forgetCard(): void;
  /** After a failure: the card is reset or has no power, or its reader is taken anew for the next use. Never rejects. */
  giveUp(error: unknown): Promise<void>;
  /** Called by a channel that ended; the last one takes the power with it. Wants the device alone. */
  leave(channel: SlotChannel): Promise<void>;
  drop(channel: SlotChannel): void;
}
