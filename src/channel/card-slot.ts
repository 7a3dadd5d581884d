import { equal } from '../codec/bytes.ts';
import { LayerError } from '../codec/errors.ts';
import { CcidError, CMD_ABORTED, type CcidSlot, type IccStatus } from '../ccid/index.ts';
import type { ApduCarrier } from './apdu-carrier.ts';
import { carrierFor } from './carrier.ts';
import { CcidCardChannel } from './card-channel.ts';
import type { ChannelSlot, RunningTransaction, SlotChannel } from './channel-slot.ts';
import type { DriverContext } from './driver-context.ts';
import { ChannelError } from './errors.ts';
import { commandFailure, connectFailure } from './failures.ts';
import type { PinEntry } from './pin-pad.ts';
import type { SlotSession } from './slot-session.ts';
import type { CardChannel, ChannelCloseReason, ConnectOptions, PinPad, PinPadResult, Presence, Slot } from './types.ts';

/** One card position; knows which card is powered and who used it last. */
export class ReaderSlot implements Slot, ChannelSlot {
  readonly index: number;
  readonly bSlot: number;
  readonly session: SlotSession;
  readonly context: DriverContext;
  /** The slot's commands while the interface is claimed. */
  ccid: CcidSlot | undefined;
  /** The powered card; undefined after removal, reset by failure, or when the claim was given back. */
  carrier: ApduCarrier | undefined;
  /** The transaction that runs now. */
  current: RunningTransaction | undefined;
  /** Where the reader has a PIN pad. It works inside a transaction on this slot, which resets the card after a cancelled entry. */
  pinPad?: PinPad;
  /** Whose transaction ran last on the powered card as it is now. */
  lastUser: SlotChannel | undefined;
  readonly #channels = new Set<SlotChannel>();
  readonly #listeners = new Set<(presence: Presence) => void>();
  #presence: Presence = 'unknown';
  /** The reader did not answer when it was last given up. */
  #silent = false;

  constructor(session: SlotSession, index: number, bSlot: number, context: DriverContext) {
    this.session = session;
    this.index = index;
    this.bSlot = bSlot;
    this.context = context;
  }

  get presence(): Presence {
    return this.#presence;
  }

  get hasListeners(): boolean {
    return this.#listeners.size > 0;
  }

  /** True while somebody wants to know about insertion and removal. */
  get watched(): boolean {
    return this.#listeners.size > 0 || this.#channels.size > 0;
  }

  onChange(listener: (presence: Presence) => void): () => void {
    // A wrapper of its own, so that one function may be registered twice.
    const entry = (presence: Presence): void => listener(presence);
    this.#listeners.add(entry);
    this.session.wake();
    return () => {
      this.#listeners.delete(entry);
      this.session.updateWatch();
    };
  }

  async connect(options: ConnectOptions = {}): Promise<CardChannel> {
    try {
      return await this.session.exclusive(async () => {
        const carrier = await this.power(options.signal);
        const channel = new CcidCardChannel(this, carrier);
        this.#channels.add(channel);
        this.session.updateWatch();
        return channel;
      }, options.signal);
    } catch (error) {
      throw connectFailure(error);
    }
  }

  /** The powered card, powered now if need be. Wants the device alone. @throws CcidError, UsbError, ChannelError */
  async power(signal?: AbortSignal): Promise<ApduCarrier> {
    if (this.carrier !== undefined) return this.carrier;
    try {
      if (this.#silent) await this.session.reclaim();
      return await this.#powerOn(signal);
    } catch (error) {
      const reason = error instanceof LayerError ? String(error.reason) : undefined;
      // A reader that does not answer is given back and taken again, once; powering a card may be repeated.
      if (reason === 'timeout' || reason === 'transfer-failed' || reason === 'stall') await this.session.reclaim();
      // One that is busy with what somebody left behind who is gone has been told to stop.
      else if (reason !== 'busy' && !(error instanceof CcidError && error.bError === CMD_ABORTED)) throw error;
      return this.#powerOn(signal);
    }
  }

  async #powerOn(signal: AbortSignal | undefined): Promise<ApduCarrier> {
    const { ccid } = this;
    if (ccid === undefined) throw new ChannelError('closed', 'not-sent', 'the reader is closed');
    try {
      const atr = await ccid.iccPowerOn({ signal }).catch(async (error: unknown) => {
        const cure = ccid.effects.escapeOnPowerError;
        if (!(error instanceof CcidError) || cure === undefined || error.bError !== cure.bError) throw error;
        await (await import('./few-readers.ts')).escape(ccid, Uint8Array.from(cure.abData), { signal });
        return ccid.iccPowerOn({ signal });
      });
      this.context.trace({ layer: 'card', kind: 'power', body: atr });
      return this.#use(await carrierFor(ccid, atr, () => ccid.iccPowerOn({ signal }), { signal }));
    } catch (error) {
      await this.#notPowered(error);
      throw error;
    }
  }

  /** After a failure: the card is reset or has no power, or its reader is taken anew for the next use. Never rejects. */
  async giveUp(error: unknown): Promise<void> {
    this.#silent = (await this.ccid?.giveUp(error)) === false;
  }

  /** A reset asked for by a transaction: the card answers anew, whoever used it. @throws CcidError, UsbError, ChannelError */
  async reset(kind: 'warm' | 'cold'): Promise<ApduCarrier> {
    const { ccid } = this;
    if (ccid === undefined) throw new ChannelError('closed', 'not-sent', 'the reader is closed');
    this.forgetCard();
    // A second IccPowerOn is a warm reset, one after IccPowerOff a cold one (CCID 1.1, 6.1.1).
    try {
      if (kind === 'cold') await ccid.iccPowerOff();
      const atr = await ccid.iccPowerOn();
      this.context.trace({ layer: 'card', kind: 'reset', detail: kind, body: atr });
      return this.#use(await carrierFor(ccid, atr, () => ccid.iccPowerOn()));
    } catch (error) {
      await this.#notPowered(error);
      throw error;
    }
  }

  async #notPowered(error: unknown): Promise<void> {
    if (isNoCard(error)) this.onStatus('absent', true);
    else await this.giveUp(error);
  }

  /** Another ATR than before is another card: channels to the old one end. */
  #use(carrier: ApduCarrier): ApduCarrier {
    this.lastUser = undefined;
    for (const channel of [...this.#channels]) if (!equal(channel.atr, carrier.atr)) channel.end('card-removed');
    this.carrier = carrier;
    this.#setPresence('powered');
    return carrier;
  }

  /** The card's state is unknown: it is reset before the next transaction. */
  forgetCard(): void {
    this.carrier = undefined;
    this.lastUser = undefined;
    if (this.#presence === 'powered') this.#setPresence('present');
  }

  async powerOff(): Promise<void> {
    this.forgetCard();
    if (this.ccid?.mayBePowered === true) await this.ccid.iccPowerOff().catch(() => undefined);
  }

  attach(ccid: CcidSlot, status: IccStatus | undefined): void {
    this.ccid = ccid;
    this.#silent = false;
    const bPINSupport = ccid.effects.noPinPad === true ? 0 : ccid.ccid.bPINSupport;
    if ((bPINSupport & 1) !== 0) this.pinPad = this.#pinPad((bPINSupport & 2) !== 0);
    this.#setPresence(status === undefined ? 'unknown' : status === 'absent' ? 'absent' : 'present');
  }

  #pinPad(canModify: boolean): PinPad {
    const enter = async (entry: PinEntry): Promise<PinPadResult> => {
      if (this.current === undefined) throw new ChannelError('closed', 'not-sent', 'PIN entry needs a transaction');
      return this.current.enterPin(entry).catch((error: unknown) => {
        throw commandFailure(error, 'not-sent');
      });
    };
    return {
      canModify,
      verify: (template, limits, options) => enter({ template, limits, modify: false, ...options }),
      modify: (template, limits, options) => enter({ template, limits, modify: true, ...options }),
    };
  }

  detach(): void {
    this.forgetCard();
    this.ccid = undefined;
    // What was there when the reader went stays told.
    if (!this.session.ended) this.#setPresence('unknown');
  }

  /** What the watch, or a command, found out. */
  onStatus(status: IccStatus | 'present', changed: boolean): void {
    if (status === 'absent') {
      if (this.#presence !== 'absent') this.context.trace({ layer: 'card', kind: 'removed' });
      this.#cardGone('absent');
    } else if (this.carrier === undefined) this.#setPresence('present');
    // Found without power although we gave it: the card was taken out and another, or the same, put in.
    else if (status === 'inactive') this.#cardGone('present');
    else if (status === 'present' && changed) void this.#checkSwap();
  }

  /** A notification may be older than our power-on: only an unpowered card is a new one. */
  async #checkSwap(): Promise<void> {
    try {
      const status = await this.session.exclusive(async () => this.ccid?.getSlotStatus());
      if (status !== undefined && status !== 'active') this.onStatus(status, false);
    } catch {
      // The next command finds out.
    }
  }

  #cardGone(presence: Presence): void {
    this.carrier = undefined;
    this.lastUser = undefined;
    for (const channel of [...this.#channels]) channel.end('card-removed');
    this.#setPresence(presence);
  }

  /** Called by a channel that ended; the last one takes the power with it. Wants the device alone. */
  async leave(channel: SlotChannel): Promise<void> {
    this.#channels.delete(channel);
    this.session.updateWatch();
    if (this.#channels.size === 0) await this.powerOff();
  }

  /** The reader went. */
  end(reason: ChannelCloseReason): void {
    this.carrier = undefined;
    for (const channel of [...this.#channels]) channel.end(reason);
    this.#channels.clear();
    this.#setPresence(reason === 'closed' ? 'unknown' : 'absent');
  }

  drop(channel: SlotChannel): void {
    this.#channels.delete(channel);
    this.session.updateWatch();
  }

  #setPresence(presence: Presence): void {
    if (this.#presence === presence) return;
    this.#presence = presence;
    for (const listener of [...this.#listeners]) listener(presence);
  }
}

function isNoCard(error: unknown): boolean {
  return error instanceof Error && 'reason' in error && error.reason === 'no-card';
}
