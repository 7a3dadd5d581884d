import { type Bytes, concat, EMPTY } from '../codec/bytes.ts';
import { type Clock, systemClock } from '../codec/clock.ts';
import { within } from '../codec/within.ts';
import { UsbError, type UsbPort } from '../usb/index.ts';
import { type CcidDescriptor, type ExchangeLevel, exchangeLevel, hasFeature } from './descriptor.ts';
import { CcidError } from './errors.ts';
import { type CcidCommand, type CcidResponse, COMMAND_OK, HEADER_BYTES, ICC_ABSENT, ICC_ACTIVE } from './messages.ts';
import type { CcidPipe, ExchangeOptions } from './pipe.ts';
import type { QuirkEffects } from './quirks.ts';
import { BUSY_WITH_AUTO_SEQUENCE, CMD_ABORTED, ICC_MUTE, isBusy, slotError } from './slot-error.ts';

/** How long to wait for a reader without a sign of life, in milliseconds. Time extensions start the time anew. */
export interface CcidTimeouts {
  readonly statusMs: number;
  /** The longest ATR takes about 29 s at 4 MHz; voltages may be tried underneath. */
  readonly powerMs: number;
  readonly transferMs: number;
}

export const DEFAULT_TIMEOUTS: CcidTimeouts = { statusMs: 3000, powerMs: 60_000, transferMs: 60_000 };

export type IccStatus = 'active' | 'inactive' | 'absent';

export interface SlotParts {
  readonly pipe: CcidPipe;
  readonly bSlot: number;
  readonly ccid: CcidDescriptor;
  readonly effects?: QuirkEffects | undefined;
  readonly timeouts?: CcidTimeouts | undefined;
  readonly clock?: Clock | undefined;
  /** The slot that knows whether a card is here, where this one does not. */
  readonly presenceOf?: CcidSlot | undefined;
}

export interface TransferOptions extends ExchangeOptions {
  readonly timeoutMs?: number | undefined;
  /** TPDU level: the card's waiting-time multiplier for this block (CCID 1.1, 6.1.4). */
  readonly bBWI?: number | undefined;
  /** Sent in the first message when the block is not split. */
  readonly wLevelParameter?: number | undefined;
}

const BUSY_RETRIES = 20;
const BUSY_PAUSE_MS = 100;
/** Data + SW of the longest answer APDU, and room for readers that wrap it. */
const MAX_ANSWER_BYTES = 65_544;
/** TS to TCK is 33 bytes (ISO 7816-3, 8.1); readers are seen to pass on a little more. */
const MAX_ATR_BYTES = 64;
/** Direct and inverse convention, and the latter read by the former (ISO/IEC 7816-3, 8.1): anything else was never an ATR. */
const TS: ReadonlySet<number | undefined> = new Set([0x3b, 0x3f, 0x03]);

/** One card position of a reader and the commands addressed to it. */
export class CcidSlot {
  readonly bSlot: number;
  readonly ccid: CcidDescriptor;
  readonly level: ExchangeLevel;
  /** Largest abData of one message, in bytes. */
  readonly blockBytes: number;
  readonly #pipe: CcidPipe;
  /** What the quirk rows of this reader say. */
  readonly effects: QuirkEffects;
  readonly #timeouts: CcidTimeouts;
  readonly #extraMs: number;
  readonly #clock: Clock;
  readonly #presenceOf: CcidSlot | undefined;
  /** The last power-on failed. */
  #unpowerable = false;
  /** True until the first block after power-on was answered. */
  #fresh = false;
  /** bPowerSelect that worked last. */
  #voltage = 0;
  #mayBePowered = false;

  /** The claimed interface, for its control requests. */
  get port(): UsbPort {
    return this.#pipe.port;
  }

  constructor(parts: SlotParts) {
    this.bSlot = parts.bSlot;
    this.ccid = parts.ccid;
    this.#pipe = parts.pipe;
    this.effects = parts.effects ?? {};
    this.#extraMs = this.effects.extraTimeoutMs ?? 0;
    this.#timeouts = parts.timeouts ?? DEFAULT_TIMEOUTS;
    this.#clock = parts.clock ?? systemClock;
    this.#presenceOf = parts.presenceOf;
    this.level = (parts.bSlot > 0 ? this.effects.laterSlotsLevel : undefined) ?? this.effects.level ?? exchangeLevel(parts.ccid);
    const { messageBytes: wrong } = this.effects;
    const says = parts.ccid.dwMaxCCIDMessageLength;
    const announced = says === wrong?.announced ? wrong.taken : says;
    // A value without room for a header and a short header is nonsense: the commonest one is taken instead.
    const messageBytes = announced < HEADER_BYTES + 5 ? 271 : announced;
    this.blockBytes = Math.min(messageBytes - HEADER_BYTES, MAX_ANSWER_BYTES);
  }

  /** @throws CcidError, UsbError */
  async getSlotStatus(options: ExchangeOptions = {}, timeoutFactor = 1): Promise<IccStatus> {
    const own = this.#mayBePowered ? 'active' : 'inactive';
    if (this.effects.presenceByPower === true) return this.#unpowerable ? 'absent' : own;
    if (this.#presenceOf !== undefined) return (await this.#presenceOf.getSlotStatus(options, timeoutFactor)) === 'absent' ? 'absent' : own;
    const response = await this.command({ name: 'GetSlotStatus' }, options, this.#timeouts.statusMs * timeoutFactor);
    // A failure with ICC_MUTE means that no card is there, not that the reader failed.
    if (response.bmCommandStatus !== COMMAND_OK && response.bError !== ICC_MUTE) throw slotError('GetSlotStatus', response);
    if (response.bmICCStatus >= ICC_ABSENT || response.bmCommandStatus !== COMMAND_OK) return 'absent';
    return response.bmICCStatus === ICC_ACTIVE ? 'active' : 'inactive';
  }

  /**
   * Powers the card and answers its ATR. Readers without automatic voltage get 5 V, 1.8 V, 3 V in turn as far as they have them,
   * with a power-off between; a card that stays mute gets one more round. A card that has power keeps its voltage: a warm reset
   * (ISO/IEC 7816-3, 6.2.3).
   * @throws CcidError `no-card`, `mute`, `power-failed`, `busy`; UsbError
   */
  async iccPowerOn(options: ExchangeOptions = {}): Promise<Bytes> {
    if (this.effects.powerOffFirst === true) await this.iccPowerOff(options);
    this.#mayBePowered = true;
    this.#unpowerable = true;
    const voltages = this.#voltages();
    let last: CcidError | undefined;
    for (let round = 0; round < 2; round++) {
      for (const bPowerSelect of voltages) {
        if (last !== undefined) await this.iccPowerOff(options);
        const response = await this.command({ name: 'IccPowerOn', specific: [bPowerSelect, 0, 0] }, options, this.#timeouts.powerMs + this.#extraMs);
        if (response.bmCommandStatus === COMMAND_OK) {
          const atr = response.abData;
          this.#fresh = true;
          this.#unpowerable = false;
          this.#voltage = bPowerSelect;
          if (atr.length >= 2 && atr.length <= MAX_ATR_BYTES && TS.has(atr[0])) return atr;
          last = new CcidError(atr.length === 0 ? 'mute' : 'bad-message', `ATR of ${atr.length} bytes, TS ${atr[0] ?? 'missing'}`, {
            message: 'PC_to_RDR_IccPowerOn',
            bStatus: response.bStatus,
          });
        } else {
          last = slotError('IccPowerOn', response);
        }
        if (last.reason === 'no-card' || last.reason === 'busy') throw last;
      }
    }
    // There is always a voltage to try.
    const cause = last as CcidError;
    if (cause.reason === 'mute') throw cause;
    const { ccidMessage: message, bStatus, bError } = cause;
    throw new CcidError('power-failed', cause.message, { message, bStatus, bError, cause });
  }

  /** Never fails for want of a card. @throws CcidError, UsbError */
  async iccPowerOff(options: ExchangeOptions = {}): Promise<void> {
    await this.command({ name: 'IccPowerOff' }, options);
    this.#mayBePowered = false;
    this.#voltage = 0;
  }

  /** False when the card certainly has no power from us. */
  get mayBePowered(): boolean {
    return this.#mayBePowered;
  }

  /**
   * One block or APDU to the card and its answer, split over messages as the extended APDU level does (CCID 1.1, 6.1.4 and 6.2.1).
   * Short-APDU readers that split their answers are followed as well (Cherry KC 1000 SC, OMNIKEY 3x21 and others).
   * @throws CcidError; `reachedCard` tells whether the card can have seen it. UsbError
   */
  async xfrBlock(data: Uint8Array, options: TransferOptions = {}): Promise<Bytes> {
    const timeoutMs = (options.timeoutMs ?? this.#timeouts.transferMs) + this.#extraMs;
    const send = async (abData: Uint8Array, wLevelParameter: number, isFirst: boolean): Promise<CcidResponse> => {
      const specific: [number, number, number] = [options.bBWI ?? 0, wLevelParameter & 0xff, wLevelParameter >>> 8];
      try {
        const response = await this.command({ name: 'XfrBlock', specific, abData }, options, timeoutMs);
        if (response.bmCommandStatus === COMMAND_OK) return response;
        throw slotError('XfrBlock', response);
      } catch (error) {
        throw isFirst ? error : CcidError.reached(error);
      }
    };
    const bad = (text: string): CcidError => new CcidError('bad-message', text, { message: 'PC_to_RDR_XfrBlock' });

    let at = 0;
    let response: CcidResponse;
    for (;;) {
      const part = data.subarray(at, at + this.blockBytes);
      const isFirst = at === 0;
      at += part.length;
      const isLast = at >= data.length;
      response = await send(part, isFirst ? (isLast ? (options.wLevelParameter ?? 0) : 1) : isLast ? 2 : 3, isFirst);
      if (isLast) break;
      if (response.bSpecific !== 0x10 || response.abData.length > 0) throw bad('the reader answered before the whole command was sent');
    }
    if (this.level === 'tpdu' || this.level === 'character') return response.abData;
    if (response.bSpecific === 0x10) throw bad('the reader asks for more of a command that was sent whole');
    if (response.bSpecific !== 1) return response.abData;
    const parts = [response.abData];
    for (let length = response.abData.length; response.bSpecific === 1 || response.bSpecific === 3; length += response.abData.length) {
      response = await send(EMPTY, 0x0010, false);
      if (response.abData.length === 0 && response.bSpecific !== 2) throw bad('an empty part of an answer');
      if (length + response.abData.length > MAX_ANSWER_BYTES)
        throw new CcidError('too-long', `answer over ${MAX_ANSWER_BYTES} bytes`, { message: 'PC_to_RDR_XfrBlock' });
      parts.push(response.abData);
    }
    return concat(...parts);
  }

  /**
   * One command to this slot, repeated while the reader is busy where that is safe; the answer may say that it failed. For the
   * messages that stand in files of their own: parameters.ts, escape.ts, secure.ts.
   * @throws CcidError, UsbError
   */
  command(command: Omit<CcidCommand, 'bSlot'>, options: ExchangeOptions = {}, timeoutMs: number = this.#timeouts.statusMs): Promise<CcidResponse> {
    return this.#exchange({ ...command, bSlot: this.bSlot }, timeoutMs, options);
  }

  /**
   * After a failed command, in this order: ends it in the reader where it may still run, resets the card warm, takes its power. What
   * the card knew is gone then. Never rejects; false when the reader does not answer any more: only a new claim may help.
   */
  async giveUp(error: unknown): Promise<boolean> {
    const { statusMs } = this.#timeouts;
    const { reason, ccidMessage, bError } = error instanceof CcidError ? error : {};
    const stop = (): Promise<boolean> =>
      this.#pipe.abort(this.bSlot, statusMs).then(
        () => true,
        (refusal: unknown) => !(refusal instanceof UsbError && refusal.reason === 'stall'),
      );
    // A reader that can't be stopped goes on with the old command, and is of no use before it is taken anew.
    // One that got half an abort, also of an earlier owner, waits for the whole (CCID 1.1, 5.3.1).
    const running = reason === 'timeout' || reason === 'aborted' || reason === 'busy' || bError === CMD_ABORTED;
    if (running && !(await stop())) return false;
    // A second IccPowerOn without IccPowerOff is a warm reset (CCID 1.1, 6.1.1). One try, and not after one that failed.
    if (ccidMessage !== 'PC_to_RDR_IccPowerOn' && this.effects.powerOffFirst !== true) {
      const powerOn = { name: 'IccPowerOn', specific: [this.#voltage, 0, 0] } as const;
      try {
        const response = await within(this.#clock, statusMs, (signal) => this.command(powerOn, { signal }, statusMs));
        if (response.bmCommandStatus === COMMAND_OK) return true;
      } catch (failure) {
        // A reader may ask for time without end; nobody waits for that here. Power-off is the next try.
        if (failure instanceof CcidError && failure.reason === 'aborted') await stop();
      }
    }
    return this.iccPowerOff().then(
      () => true,
      () => false,
    );
  }

  /** A table of the reader by control request, bounded as a status is. @throws UsbError */
  controlIn(bRequest: number, lengthBytes: number, caller?: AbortSignal): Promise<Bytes> {
    const request = { type: 'class', recipient: 'interface', bRequest, wValue: 0, wIndex: this.port.interfaceNumber } as const;
    return within(this.#clock, this.#timeouts.statusMs, (signal) => this.port.controlIn(request, lengthBytes, { signal }), caller);
  }

  /** @throws CcidError `aborted`; the reader was sent nothing */
  async pause(ms: number, signal?: AbortSignal): Promise<void> {
    await this.#clock.sleep(ms, signal).catch((error: unknown) => {
      throw new CcidError('aborted', 'aborted while waiting for the reader', { reachedCard: false, cause: error });
    });
  }

  #voltages(): readonly number[] {
    if (hasFeature(this.ccid, 'autoVoltage') || hasFeature(this.ccid, 'autoActivation')) return [0];
    const offered = [1, 3, 2].filter((bPowerSelect) => (this.ccid.bVoltageSupport & (1 << (bPowerSelect - 1))) !== 0);
    if (offered.length === 0) return [0];
    return this.#voltage === 0 ? offered : [this.#voltage, ...offered.filter((each) => each !== this.#voltage)];
  }

  /**
   * A busy reader refused the command before the card saw it, so it may be sent again (CCID 1.1, 6.2.6). Blocks are not, but for the
   * first one after power-on, which meets automatic sequences: were the reader wrong, a PIN would be tried twice.
   */
  async #exchange(command: CcidCommand, timeoutMs: number, options: ExchangeOptions): Promise<CcidResponse> {
    // What reaches the card: a block, or the PIN that the reader puts into one.
    const isBlock = command.name === 'XfrBlock' || command.name === 'Secure';
    for (let retry = 0; ; retry++) {
      const response = await this.#pipe.exchange(command, timeoutMs, options).catch(async (error: unknown) => {
        // The reader may still be at it, and refuse the next command. What reached the card is given up as a whole: giveUp.
        const vendors = command.name === 'Escape' && error instanceof CcidError && error.reason === 'aborted' && error.reachedCard;
        if (vendors || (!isBlock && error instanceof CcidError && error.reason === 'timeout'))
          await this.#pipe.abort(this.bSlot, this.#timeouts.statusMs).catch(() => undefined);
        throw error;
      });
      const repeatable = isBusy(response) && (!isBlock || (this.#fresh && response.bError === BUSY_WITH_AUTO_SEQUENCE));
      if (response.bmCommandStatus === COMMAND_OK || !repeatable || retry === BUSY_RETRIES) {
        if (isBlock) this.#fresh = false;
        return response;
      }
      await this.pause(BUSY_PAUSE_MS, options.signal);
    }
  }
}
