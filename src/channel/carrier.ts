import type { Bytes } from '../codec/bytes.ts';
import { type Atr, parseCommand, readerWaitingTimes } from '../iso7816/index.ts';
import { type CcidSlot, type ExchangeOptions, FEATURE, type TransferOptions } from '../ccid/index.ts';
import {
  type ApduCarrier,
  EXTENDED_ANSWER_BYTES,
  EXTENDED_COMMAND_BYTES,
  readAtr,
  secureByReader,
  SHORT_ANSWER_BYTES,
  SHORT_COMMAND_BYTES,
} from './apdu-carrier.ts';
import { ChannelError } from './errors.ts';

/**
 * The switch of exchange levels (CCID 1.1, 5.1 dwFeatures): who builds TPDUs, reader or host. `powerOn` is for cards that want a
 * second reset.
 * @throws ChannelError `unsupported-level`, before the card was sent anything; and what setting up the protocol throws
 */
export async function carrierFor(slot: CcidSlot, atr: Bytes, powerOn: () => Promise<Bytes>, options: ExchangeOptions = {}): Promise<ApduCarrier> {
  switch (slot.level) {
    case 'extended-apdu':
    case 'short-apdu':
      // Readers that read no parameters from the ATR, nor negotiate any, are told them: else they stay with T=0 at 372/1.
      if ((slot.ccid.dwFeatures & (FEATURE.autoParameters | FEATURE.autoNegotiation)) === 0)
        await (await import('./few-readers.ts')).configureApduReader(slot, atr, options);
      return apduCarrier(slot, atr);
    case 'tpdu':
      // Loaded by those who have such a reader only.
      return (await import('./few-readers.ts')).tpduCarrier(slot, atr, powerOn, options);
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
    exchange: (apdu, options) => slot.xfrBlock(apdu, { ...options, ...waiting(slot, decoded, apdu) }),
    secure: secureByReader,
  };
}

/** IFSD of a reader that moves the blocks itself, and about what one TPDU of T=0 holds. */
const PART_BYTES = 254;

/** How long a reader may be silent about one command, by what the card may take for each of its blocks. */
function waiting(slot: CcidSlot, atr: Atr | undefined, apdu: Bytes): Pick<TransferOptions, 'timeoutMs' | 'waitingMs'> {
  if (atr === undefined) return {};
  const { exchangeMs, furtherMs, waitingMs } = readerWaitingTimes(atr, slot.ccid.dwDefaultClock);
  const answerBytes = Math.min(slot.blockBytes, parseCommand(apdu).ne + 2);
  const blocks = Math.ceil(Math.min(slot.blockBytes, apdu.length) / Math.min(PART_BYTES, atr.t1.ifsc)) + Math.ceil(answerBytes / PART_BYTES);
  return { timeoutMs: exchangeMs + furtherMs * Math.max(0, blocks - 2), waitingMs };
}
