import { type Bytes, bytes, concat } from '../codec/bytes.ts';
import { CodecError } from '../codec/errors.ts';
import { findTlv, readTlvs, writeTlv } from '../codec/tlv.ts';

/** Card Capability Container (SP 800-73-4 part 1, 3.1.1 and table 8). */
export interface Ccc {
  /** 0 or 21 bytes. */
  readonly cardIdentifier: Bytes | undefined;
  /** 10 for PIV. */
  readonly dataModel: number | undefined;
}

export function parseCcc(content: Bytes): Ccc {
  const fields = readTlvs(content, { simpleTags: true });
  return { cardIdentifier: findTlv(fields, 0xf0), dataModel: findTlv(fields, 0xf5)?.[0] };
}

/** The elements that are always there stand empty where PIV says nothing of them (table 8). @throws CodecError `bad-length`, `bad-value` */
export function encodeCcc({ cardIdentifier = bytes(0), dataModel }: Ccc): Bytes {
  if (cardIdentifier.length !== 0 && cardIdentifier.length !== 21) throw new CodecError('bad-length', 'a card identifier has 21 bytes');
  if (dataModel === undefined || dataModel > 0xff) throw new CodecError('bad-value', 'no data model');
  return concat(
    writeTlv(0xf0, cardIdentifier),
    writeTlv(0xf1, bytes([0x21])),
    writeTlv(0xf2, bytes([0x21])),
    writeTlv(0xf3),
    writeTlv(0xf4, bytes([0x00])),
    writeTlv(0xf5, bytes([dataModel])),
    ...[0xf6, 0xf7, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe].map((tag) => writeTlv(tag)),
  );
}
