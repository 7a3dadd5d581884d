import { type Bytes, bytes, concat } from '../codec/bytes.ts';
import { CodecError } from '../codec/errors.ts';
import { findTlv, needTlv, readSingle, readTlvs, writeTlv } from '../codec/tlv.ts';
import { digest } from '../crypto/digest.ts';
import { toHex } from '../codec/hex.ts';

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
  const text = url === undefined || url.length === 0 ? undefined : String.fromCharCode(...url.subarray(0, 118));
  return { onCard, offCard: findTlv(fields, 0xc2)?.[0] ?? 0, url: text };
}

/** @throws CodecError `bad-value`: too many keys, or off-card keys without a URL, or a URL that is none */
export function buildKeyHistory({ onCard, offCard, url }: KeyHistory): Bytes {
  const counts = Number.isInteger(onCard) && Number.isInteger(offCard) && onCard >= 0 && offCard >= 0 && onCard + offCard <= RETIRED_KEYS;
  if (!counts || offCard > 0 !== (url !== undefined)) throw new CodecError('bad-value', 'a key history that no card may have');
  if (url !== undefined && !/^http:\/\/[\x21-\x7e]{1,111}$/.test(url)) throw new CodecError('bad-value', 'no URL for off-card certificates');
  const text = Array.from(url ?? '', (c) => c.charCodeAt(0));
  return concat(writeTlv(0xc1, bytes([onCard])), writeTlv(0xc2, bytes([offCard])), writeTlv(0xf3, bytes(text)), writeTlv(0xfe));
}

/** One certificate of the file that the URL leads to. */
export interface OffCardCertificate {
  /** Key reference 82..95. */
  readonly key: number;
  readonly der: Bytes;
}

/**
 * The file of off-card certificates: SEQUENCE SIZE (1..20) OF SEQUENCE { OCTET STRING (SIZE (1)), Certificate }.
 * @throws CodecError for anything else
 */
export function parseOffCardCertificates(file: Bytes): OffCardCertificate[] {
  const limits = { maxBytes: 0x7ffff, maxCount: RETIRED_KEYS };
  const entries = readTlvs(readSingle(file, 0x30, limits), limits);
  if (entries.length === 0) throw new CodecError('missing', 'a file without certificates');
  return entries.map((entry) => {
    const fields = readTlvs(entry.tag === 0x30 ? entry.value : bytes(0), { maxCount: 2 });
    const key = needTlv(fields, 0x04);
    const [reference] = key;
    if (key.length !== 1 || reference === undefined || reference < 0x82 || reference > 0x95)
      throw new CodecError('bad-value', 'a key that is no retired one');
    return { key: reference, der: writeTlv(0x30, needTlv(fields, 0x30)) };
  });
}

/** @throws CodecError `bad-value` */
export function buildOffCardCertificates(list: readonly OffCardCertificate[]): Bytes {
  if (list.length === 0 || list.length > RETIRED_KEYS) throw new CodecError('bad-value', `${list.length} off-card certificates`);
  return writeTlv(0x30, ...list.map(({ key, der }) => writeTlv(0x30, writeTlv(0x04, bytes([key])), der)));
}

/** Whether the file is the one that the URL names: its last part is the SHA-256 of the file in ASCII hexadecimal. */
export async function isFileOfUrl(url: string, file: Bytes): Promise<boolean> {
  const named = url.slice(url.lastIndexOf('/') + 1).toLowerCase();
  return named === toHex(await digest('SHA-256', file));
}
