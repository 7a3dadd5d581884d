import { type Bytes, bytes, concat } from '../codec/bytes.ts';
import type { RandomSource } from '../codec/random.ts';
import { encodeCcc } from './ccc.ts';
import { encodeChuid } from './chuid.ts';
import { buildFascN, NON_FEDERAL } from './fascn.ts';

/* What a card gets that its holder enrolls: no issuer signed it. */

/** An unsigned CHUID of a card that is no federal one: random GUID (UUID version 4), FASC-N of agency 9999. */
export function buildChuid(random: RandomSource, expiry: Date): Bytes {
  const guid = random(16);
  guid[6] = ((guid[6] ?? 0) & 0x0f) | 0x40;
  guid[8] = ((guid[8] ?? 0) & 0x3f) | 0x80;
  return encodeChuid({ fascN: buildFascN(NON_FEDERAL), guid, expiry: expiry.toISOString().slice(0, 10).replace(/-/g, '') });
}

/** A CCC with a random card identifier under the GSC-IS RID (A000000116, manufacturer FF, card type 02); all else is empty as allowed. */
export function buildCcc(random: RandomSource): Bytes {
  return encodeCcc({ cardIdentifier: concat(bytes([0xa0, 0x00, 0x00, 0x01, 0x16, 0xff, 0x02]), random(14)), dataModel: 0x10 });
}
