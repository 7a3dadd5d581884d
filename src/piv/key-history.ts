import { type Bytes, bytes, concat } from '../codec/bytes.ts';
import { CodecError } from '../codec/errors.ts';
import { findTlv, needTlv, readTlvs, writeTlv } from '../codec/tlv.ts';

/** Retired key management keys that a card can have (SP 800-73-4 part 1, 3.3.3): 82 to 95. */
export const RETIRED_KEYS = 20;

/** Key History Object (SP 800-73-4 part 1, 3.3.3 and table 18). */
export interface KeyHistory {
  /** Retired keys whose certificate is on the card; they fill 82 upward. */
  readonly onCard: number;
  /** Retired keys whose certificate is in the file at the URL; they fill 95 downward. */
  readonly offCard: number;
  readonly url: string | undefined;
}

/** Counts are as they stand, also those that no card can have. @throws CodecError `missing` without the count of on-card keys */
export function parseKeyHistory(content: Bytes): KeyHistory {
  const fields = readTlvs(content, { simpleTags: true });
  const [onCard] = needTlv(fields, 0xc1);
  if (onCard === undefined) throw new CodecError('missing', 'a key history without count');
  const url = findTlv(fields, 0xf3);
  const text = url === undefined || url.length === 0 ? undefined : Array.from(url, (octet) => String.fromCharCode(octet)).join('');
  return { onCard, offCard: findTlv(fields, 0xc2)?.[0] ?? 0, url: text };
}

/** @throws CodecError `bad-value`: too many keys, off-card keys without a URL, a URL without keys, or a URL that is none */
export function buildKeyHistory({ onCard, offCard, url }: KeyHistory): Bytes {
  const counts = Number.isInteger(onCard) && Number.isInteger(offCard) && onCard >= 0 && offCard >= 0 && onCard + offCard <= RETIRED_KEYS;
  // The file has the certificates of all retired keys, so that it may be named also where each is on the card.
  const urlFits = url === undefined ? offCard === 0 : onCard + offCard > 0;
  if (!counts || !urlFits) throw new CodecError('bad-value', 'a key history that no card may have');
  if (url !== undefined && !/^http:\/\/[\x21-\x7e]{1,111}$/.test(url)) throw new CodecError('bad-value', 'no URL for off-card certificates');
  const text = Array.from(url ?? '', (c) => c.charCodeAt(0));
  return concat(writeTlv(0xc1, bytes([onCard])), writeTlv(0xc2, bytes([offCard])), writeTlv(0xf3, bytes(text)), writeTlv(0xfe));
}
