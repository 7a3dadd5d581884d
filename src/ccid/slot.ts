import { type Bytes, concat, EMPTY } from '../codec/bytes.ts';
import { type Clock, systemClock } from '../codec/clock.ts';
import { type CcidDescriptor, type ExchangeLevel, exchangeLevel, hasFeature } from './descriptor.ts';
import { CcidError } from './errors.ts';
import { type CcidCommand, type CcidResponse, COMMAND_OK, HEADER_BYTES, ICC_ABSENT, ICC_ACTIVE } from './messages.ts';
import type { CcidPipe, ExchangeOptions } from './pipe.ts';
import type { QuirkEffects } from './quirks.ts';
import { BUSY_WITH_AUTO_SEQUENCE, ICC_MUTE, isBusy, slotError } from './slot-error.ts';

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

/** One card position of a reader and the commands addressed to it. */
export class CcidSlot {
  readonly bSlot: number;
  readonly ccid: CcidDescriptor;
  readonly level: ExchangeLevel;
  /** Largest abData of one message, in bytes. */
  readonly blockBytes: number;
  readonly #pipe: CcidPipe;
  readonly #effects: QuirkEffects;
  readonly #timeouts: CcidTimeouts;
  readonly #clock: Clock;
  /** True until the first block after power-on was answered. */
  #fresh = false;

  constructor(parts: SlotParts) {
    this.bSlot = parts.bSlot;
    this.ccid = parts.ccid;
    this.#pipe = parts.pipe;
    this.#effects = parts.effects ?? {};
    const extraMs = this.#effects.extraTimeoutMs ?? 0;
    const base = parts.timeouts ?? DEFAULT_TIMEOUTS;
    this.#timeouts = { ...base, powerMs: base.powerMs + extraMs, transferMs: base.transferMs + extraMs };
    this.#clock = parts.clock ?? systemClock;
    this.level = this.#effects.level ?? exchangeLevel(parts.ccid);
    const announced = parts.ccid.dwMaxCCIDMessageLength;
    // A value without room for a header and a short header is nonsense: the commonest one is taken instead.
    const messageBytes = announced < HEADER_BYTES + 5 ? 271 : Math.max(announced, this.#effects.minMessageBytes ?? 0);
    this.blockBytes = Math.min(messageBytes - HEADER_BYTES, MAX_ANSWER_BYTES);
  }

  /** @throws CcidError, UsbError */
  async getSlotStatus(options: ExchangeOptions = {}, timeoutFactor = 1): Promise<IccStatus> {
    const response = await this.#exchange({ name: 'GetSlotStatus', bSlot: this.bSlot }, this.#timeouts.statusMs * timeoutFactor, options);
    // A failure with ICC_MUTE means that no card is there, not that the reader failed.
    if (response.bmCommandStatus !== COMMAND_OK && response.bError !== ICC_MUTE) throw slotError('GetSlotStatus', response);
    if (response.bmICCStatus >= ICC_ABSENT || (response.bmCommandStatus !== COMMAND_OK && response.bError === ICC_MUTE)) return 'absent';
    return response.bmICCStatus === ICC_ACTIVE ? 'active' : 'inactive';
  }

  /**
   * Powers the card and answers its ATR. Readers without automatic voltage get 5 V, 1.8 V, 3 V in turn as far as they have them,
   * with a power-off between; a card that stays mute gets one more round.
   * @throws CcidError `no-card`, `mute`, `power-failed`, `busy`; UsbError
   */
  async iccPowerOn(options: ExchangeOptions = {}): Promise<Bytes> {
    if (this.#effects.powerOffFirst === true) await this.iccPowerOff(options);
    const voltages = this.#voltages();
    let last: CcidError | undefined;
    for (let round = 0; round < 2; round++) {
      for (const bPowerSelect of voltages) {
        if (last !== undefined) await this.iccPowerOff(options);
        const response = await this.#exchange(
          { name: 'IccPowerOn', bSlot: this.bSlot, specific: [bPowerSelect, 0, 0] },
          this.#timeouts.powerMs,
          options,
        );
        if (response.bmCommandStatus === COMMAND_OK) {
          const atr = response.abData;
          this.#fresh = true;
          if (atr.length >= 2 && atr.length <= MAX_ATR_BYTES) return atr;
          last = new CcidError(atr.length === 0 ? 'mute' : 'bad-message', `ATR of ${atr.length} bytes`, {
            message: 'PC_to_RDR_IccPowerOn',
            bStatus: response.bStatus,
          });
        } else last = slotError('IccPowerOn', response);
        if (last.reason === 'no-card' || last.reason === 'busy') throw last;
      }
    }
    if (last === undefined || last.reason === 'mute') throw last ?? new CcidError('mute', 'no voltage to try');
    throw new CcidError('power-failed', last.message, {
      message: 'PC_to_RDR_IccPowerOn',
      ...(last.bStatus === undefined ? {} : { bStatus: last.bStatus }),
      ...(last.bError === undefined ? {} : { bError: last.bError }),
      cause: last,
    });
  }

  /** Never fails for want of a card. @throws CcidError, UsbError */
  async iccPowerOff(options: ExchangeOptions = {}): Promise<void> {
    await this.#exchange({ name: 'IccPowerOff', bSlot: this.bSlot }, this.#timeouts.statusMs, options);
  }

  /**
   * One block or APDU to the card and its answer, split over messages as the extended APDU level does (CCID 1.1, 6.1.4 and 6.2.1).
   * Short-APDU readers that split their answers are followed as well (Cherry KC 1000 SC, OMNIKEY 3x21 and others).
   * @throws CcidError; `reachedCard` tells whether the card can have seen it. UsbError
   */
  async xfrBlock(data: Uint8Array, options: TransferOptions = {}): Promise<Bytes> {
    const timeoutMs = options.timeoutMs ?? this.#timeouts.transferMs;
    const send = async (abData: Uint8Array, wLevelParameter: number, isFirst: boolean): Promise<CcidResponse> => {
      const specific: [number, number, number] = [options.bBWI ?? 0, wLevelParameter & 0xff, wLevelParameter >>> 8];
      const response = await this.#exchange({ name: 'XfrBlock', bSlot: this.bSlot, specific, abData }, timeoutMs, options);
      if (response.bmCommandStatus === COMMAND_OK) return response;
      const error = slotError('XfrBlock', response);
      if (isFirst || error.reachedCard) throw error;
      // Earlier parts were taken, so the card may be at work on them.
      throw new CcidError(error.reason, error.message, { message: 'PC_to_RDR_XfrBlock', bStatus: response.bStatus, bError: response.bError });
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
   * Protocol parameters (CCID 1.1, 6.1.7). A reader that can't change one of them, or knows no such command, goes on with its own.
   * @throws CcidError `command-failed`, `no-card`; UsbError
   */
  async setParameters(bProtocolNum: number, data: Uint8Array): Promise<void> {
    const response = await this.#exchange(
      { name: 'SetParameters', bSlot: this.bSlot, specific: [bProtocolNum, 0, 0], abData: data },
      this.#timeouts.statusMs,
      {},
    );
    if (response.bmCommandStatus !== COMMAND_OK && response.bError >= 0x80) throw slotError('SetParameters', response);
  }

  /** The reader's table of rates in bit/s (CCID 1.1, 5.3.3); empty where it has none or stalls. */
  async dataRates(): Promise<readonly number[]> {
    const count = this.ccid.bNumDataRatesSupported;
    if (count === 0) return [];
    const request = { type: 'class', recipient: 'interface', bRequest: 0x03, wValue: 0, wIndex: this.#pipe.port.interfaceNumber } as const;
    const table = await this.#pipe.port.controlIn(request, 4 * count).catch(() => new Uint8Array(0));
    const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
    return table.length % 4 === 0 ? Array.from({ length: table.length / 4 }, (_, i) => view.getUint32(4 * i, true)) : [];
  }

  /** A vendor's command; opt-in only. @throws CcidError `not-supported`, `command-failed`; UsbError */
  async escape(data: Uint8Array, options: ExchangeOptions = {}): Promise<Bytes> {
    const response = await this.#exchange({ name: 'Escape', bSlot: this.bSlot, abData: data }, this.#timeouts.statusMs, options);
    if (response.bmCommandStatus !== COMMAND_OK) throw slotError('Escape', response);
    return response.abData;
  }

  /** After a failed command: ends it in the reader where it may still run, and takes the card's power. Never rejects. */
  async giveUp(error: unknown): Promise<void> {
    try {
      if (error instanceof CcidError && (error.reason === 'timeout' || error.reason === 'aborted'))
        await this.#pipe.abort(this.bSlot, this.#timeouts.statusMs);
    } catch {
      // Power-off is the next try.
    }
    await this.iccPowerOff().catch(() => undefined);
  }

  #voltages(): readonly number[] {
    if (hasFeature(this.ccid, 'autoVoltage') || hasFeature(this.ccid, 'autoActivation')) return [0];
    const offered = [1, 3, 2].filter((bPowerSelect) => (this.ccid.bVoltageSupport & (1 << (bPowerSelect - 1))) !== 0);
    return offered.length === 0 ? [0] : offered;
  }

  /**
   * A busy reader refused the command before the card saw it, so it may be sent again (CCID 1.1, 6.2.6). Blocks are not, but for the
   * first one after power-on, which meets automatic sequences: were the reader wrong, a PIN would be tried twice.
   */
  async #exchange(command: CcidCommand, timeoutMs: number, options: ExchangeOptions): Promise<CcidResponse> {
    const isBlock = command.name === 'XfrBlock';
    for (let retry = 0; ; retry++) {
      const response = await this.#pipe.exchange(command, timeoutMs, options);
      const repeatable = isBusy(response) && (!isBlock || (this.#fresh && response.bError === BUSY_WITH_AUTO_SEQUENCE));
      if (response.bmCommandStatus === COMMAND_OK || !repeatable || retry === BUSY_RETRIES) {
        if (isBlock) this.#fresh = false;
        return response;
      }
      await this.#clock.sleep(BUSY_PAUSE_MS, options.signal).catch((error: unknown) => {
        throw new CcidError('aborted', `PC_to_RDR_${command.name} aborted`, {
          message: `PC_to_RDR_${command.name}`,
          reachedCard: false,
          cause: error,
        });
      });
    }
  }
}
