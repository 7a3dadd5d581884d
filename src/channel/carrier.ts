import type { Bytes } from '../codec/bytes.ts';
import { type CcidSlot, FEATURE } from '../ccid/index.ts';
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
