import { equal } from '../codec/bytes.ts';
import { fromHex } from '../codec/hex.ts';
import type { Atr } from './atr.ts';

/** A card whose ATR says something that it does not keep to. */
export interface CardQuirk {
  readonly name: string;
  /** Which cards, and what libccid does for them. */
  readonly cards: string;
  readonly libccid: string;
  readonly atr: string;
  /** BWI and CWI of T=1 in place of those of the ATR. */
  readonly bwi: number;
  readonly cwi: number;
}

/** Found by LudovicRousseau/CCID (5de6a96). */
export const CARD_QUIRKS: readonly CardQuirk[] = [
  {
    name: 'longer-block-waiting-time',
    cards: 'OpenPGP card: generates keys for longer than its BWT of 1.4 s, without a word',
    libccid: 'IFDHSetProtocolParameters: BWI 7 in place of 4, 11 s',
    atr: '3BFA1300FF813180450031C173C00100009000B1',
    bwi: 7,
    cwi: 5,
  },
];

/** The ATR as it should have been. */
export function withCardQuirks(atr: Atr, quirks: readonly CardQuirk[] = CARD_QUIRKS): Atr {
  const quirk = quirks.find((each) => equal(fromHex(each.atr), atr.bytes));
  return quirk === undefined ? atr : { ...atr, t1: { ...atr.t1, bwi: quirk.bwi, cwi: quirk.cwi } };
}
