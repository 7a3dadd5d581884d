import type { Bytes } from '../codec/bytes.ts';
import { type CcidSlot, FEATURE, type SecureAnswer } from '../ccid/index.ts';
import { type Atr, parseAtr } from '../iso7816/index.ts';
import { ChannelError } from './errors.ts';
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

/**
 * The switch of exchange levels (CCID 1.1, 5.1 dwFeatures): who builds TPDUs, reader or host. `powerOn` is for cards that want a
 * second reset.
 * @throws ChannelError `unsupported-level`, before the card was sent anything; and what setting up the protocol throws
 */
export async function carrierFor(slot: CcidSlot, atr: Bytes, powerOn: () => Promise<Bytes>): Promise<ApduCarrier> {
  switch (slot.level) {
    case 'extended-apdu':
    case 'short-apdu':
      // Readers that read no parameters from the ATR, nor negotiate any, are told them: else they stay with T=0 at 372/1.
      if ((slot.ccid.dwFeatures & (FEATURE.autoParameters | FEATURE.autoNegotiation)) === 0)
        await (await import('./few-readers.ts')).configureApduReader(slot, atr);
      return apduCarrier(slot, atr);
    case 'tpdu':
      // Loaded by those who have such a reader only.
      return (await import('./few-readers.ts')).tpduCarrier(slot, atr, powerOn);
    case 'character':
      throw new ChannelError('unsupported-level', 'not-sent', 'character level');
  }
}

/** Short and extended APDU level: the reader does PPS, T=0 and T=1. */
function apduCarrier(slot: CcidSlot, atr: Bytes): ApduCarrier {
  const decoded = readAtr(atr);
  const extended = slot.level === 'extended-apdu';
  const cardTakesExtended = decoded?.capabilities.extendedLength;
  const [first] = decoded?.protocols ?? [];
  return {
    atr,
    protocol: first === 0 ? 'T=0' : first === 1 ? 'T=1' : 'unknown',
    limits: {
      // A reader at short level splits nothing: what its messages can't hold is chained to and from the card.
      shortCommandBytes: extended ? SHORT_COMMAND_BYTES : Math.min(SHORT_COMMAND_BYTES, slot.blockBytes),
      extendedCommandBytes: extended && cardTakesExtended === true ? EXTENDED_COMMAND_BYTES : 0,
      answerBytes: extended ? EXTENDED_ANSWER_BYTES : Math.min(SHORT_ANSWER_BYTES, slot.blockBytes),
    },
    readerExtendedBytes: extended ? EXTENDED_COMMAND_BYTES : 0,
    cardTakesExtended,
    exchange: (apdu, options) => slot.xfrBlock(apdu, options),
    secure: secureByReader,
  };
}
