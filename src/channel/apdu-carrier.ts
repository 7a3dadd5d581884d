import type { Bytes } from '../codec/bytes.ts';
import type { SecureAnswer } from '../ccid/index.ts';
import { type Atr, parseAtr } from '../iso7816/index.ts';
import type { CardChannel, ChannelLimits } from './types.ts';

export interface CarrierOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onWaiting?: (() => void) | undefined;
}

/** Takes one APDU to a powered card and its answer back, at whatever level the reader works. */
export interface ApduCarrier {
  readonly atr: Bytes;
  readonly protocol: CardChannel['protocol'];
  readonly limits: ChannelLimits;
  /** What the reader alone carries; {@link ChannelLimits.extendedCommandBytes} is 0 when the card does not announce extended length. */
  readonly readerExtendedBytes: number;
  readonly cardTakesExtended: boolean | undefined;
  /** The carrier itself repeats a command on 6Cxx, as T=0 does. */
  readonly wrongLeIsFinal?: boolean;
  /** One command APDU, one response APDU. Rejects with CcidError, UsbError, Iso7816Error or ChannelError. */
  exchange(apdu: Bytes, options: CarrierOptions): Promise<Bytes>;
  /**
   * A command of `lengthBytes` that the reader completes with a PIN and sends by itself. `send` gets NAD PCB LEN for it: nought but at
   * TPDU level with T=1. Rejects as `exchange` does.
   */
  secure(lengthBytes: number, send: (bTeoPrologue: Bytes) => Promise<SecureAnswer>, options: CarrierOptions): Promise<SecureAnswer>;
}

/** bTeoPrologue where the reader builds the blocks, or where there are none. */
const NO_PROLOGUE = new Uint8Array(3);

/** {@link ApduCarrier.secure} of everything but T=1 at TPDU level. */
export const secureByReader: ApduCarrier['secure'] = (_lengthBytes, send) => send(NO_PROLOGUE);

/** CLA INS P1 P2 Lc data(255) Le, and its answer. */
export const SHORT_COMMAND_BYTES = 261;
export const SHORT_ANSWER_BYTES = 258;
/** CLA INS P1 P2 00 Lc Lc data(65535) Le Le, and its answer. */
export const EXTENDED_COMMAND_BYTES = 65_544;
export const EXTENDED_ANSWER_BYTES = 65_538;

/** Some cards' ATRs can't be decoded; readers that build the blocks themselves work all the same. */
export function readAtr(atr: Bytes): Atr | undefined {
  try {
    return parseAtr(atr);
  } catch {
    return undefined;
  }
}
