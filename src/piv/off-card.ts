import { type Bytes, bytes, copy } from '../codec/bytes.ts';
import { CodecError, LayerError } from '../codec/errors.ts';
import { toHex } from '../codec/hex.ts';
import { needTlv, readSingle, readTlvs, writeTlv } from '../codec/tlv.ts';
import { digest } from '../crypto/digest.ts';
import { type KeyHistory, RETIRED_KEYS } from './key-history.ts';

/*
 * Certificates of retired keys that are not on the card (SP 800-73-5 part 1, 3.3.3): the key history names a file by its hash. This library
 * opens no connection: whoever embeds it fetches the file, and decides which hosts a card may name and whether plain http may be asked at all.
 */

/** Longest file of off-card certificates that is read, in bytes: 20 certificates of 26 kB. */
export const MAX_OFF_CARD_FILE_BYTES = 0x7ffff;

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
  const limits = { maxBytes: MAX_OFF_CARD_FILE_BYTES, maxCount: RETIRED_KEYS };
  const entries = readTlvs(readSingle(file, 0x30, limits), limits);
  if (entries.length === 0) throw new CodecError('missing', 'a file without certificates');
  const list = entries.map((entry) => {
    const fields = readTlvs(entry.tag === 0x30 ? entry.value : bytes(0), { maxCount: 2 });
    const key = needTlv(fields, 0x04);
    const [reference] = key;
    if (key.length !== 1 || reference === undefined || reference < 0x82 || reference > 0x95)
      throw new CodecError('bad-value', 'a key that is no retired one');
    return { key: reference, der: writeTlv(0x30, needTlv(fields, 0x30)) };
  });
  if (new Set(list.map(({ key }) => key)).size < list.length) throw new CodecError('duplicate', 'two certificates for one key');
  return list;
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

export type OffCardReason =
  /** The key history has no address. */
  | 'no-url'
  /** The address has not the form that the standard gives it. */
  | 'bad-url'
  | 'fetch-failed'
  | 'too-large'
  /** The hash in the address is another file's. */
  | 'another-file'
  | 'malformed';

/** Why there are no certificates from outside the card. */
export class OffCardError extends LayerError<OffCardReason> {
  readonly layer = 'off-card';
}

/** Fetches what an address leads to; more than `maxBytes` need not be fetched. The address comes from a card and may be anybody's. */
export type FetchOffCardFile = (url: string, maxBytes: number) => Promise<Uint8Array>;

export interface OffCardFile {
  /** Of all retired keys of the card, those with their certificate on the card included; lowest key reference first. */
  readonly certificates: readonly OffCardCertificate[];
  /** Retired keys that the card has by its history and the file lacks: key references. */
  readonly missing: readonly number[];
  /** Keys in the file that by its history the card does not have. */
  readonly unexpected: readonly number[];
}

const FIRST = 0x82;
const LAST = FIRST + RETIRED_KEYS - 1;

/** "http://" DNS name "/" 64 hexadecimal digits, and nothing else: no port, no user, no query. */
const URL_FORM = /^http:\/\/[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*\/[0-9a-f]{64}$/i;

/** Key references of the card's retired keys: those with certificates on the card fill 82 upward, the others 95 downward. */
export function retiredKeysOf({ onCard, offCard }: Pick<KeyHistory, 'onCard' | 'offCard'>): readonly number[] {
  const all = Array.from({ length: RETIRED_KEYS }, (_, i) => FIRST + i);
  return all.filter((key) => key < FIRST + onCard || key > LAST - offCard);
}

/** Fetches the file of a key history, checks that it is the file that the history names, and reads it. @throws OffCardError */
export async function fetchOffCardCertificates(history: KeyHistory, fetchFile: FetchOffCardFile): Promise<OffCardFile> {
  const { url } = history;
  if (url === undefined) throw new OffCardError('no-url', 'the key history names no file');
  if (!URL_FORM.test(url)) throw new OffCardError('bad-url', 'the address in the key history is none of the standard');
  let file: Bytes;
  try {
    const fetched: unknown = await fetchFile(url, MAX_OFF_CARD_FILE_BYTES);
    if (!(fetched instanceof Uint8Array)) throw new TypeError('no octets came');
    if (fetched.length > MAX_OFF_CARD_FILE_BYTES) throw new OffCardError('too-large', `a file of ${fetched.length} bytes`);
    // Ours from here on: what was hashed is what is read.
    file = copy(fetched);
  } catch (cause) {
    if (cause instanceof OffCardError) throw cause;
    throw new OffCardError('fetch-failed', 'the file was not fetched', { cause });
  }
  if (!(await isFileOfUrl(url, file))) throw new OffCardError('another-file', 'the file is not the one that the address names');
  try {
    const certificates = [...parseOffCardCertificates(file)].sort((a, b) => a.key - b.key);
    const [there, wanted] = [new Set(certificates.map(({ key }) => key)), retiredKeysOf(history)];
    return {
      certificates,
      missing: wanted.filter((key) => !there.has(key)),
      unexpected: [...there].filter((key) => !wanted.includes(key)),
    };
  } catch (cause) {
    if (cause instanceof CodecError) throw new OffCardError('malformed', 'the file is no list of certificates', { cause });
    throw cause;
  }
}
