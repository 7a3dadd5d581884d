import type { Bytes } from '../codec/bytes.ts';
import { type CcidSlot, type ExchangeOptions, FEATURE } from '../ccid/index.ts';
import type { ApduCarrier } from './apdu-carrier.ts';
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
      // Each level is loaded with the first card of such a reader.
      return (await import('./apdu-level.ts')).apduLevelCarrier(slot, atr);
    case 'tpdu':
      return (await import('./few-readers.ts')).tpduCarrier(slot, atr, powerOn, options);
    case 'character':
      throw new ChannelError('unsupported-level', 'not-sent', 'character level');
  }
}
