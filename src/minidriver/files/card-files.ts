import { type Bytes, bytes, copy } from '../../codec/bytes.ts';
import { Builder, Cursor } from '../../codec/cursor.ts';
import { CodecError } from '../../codec/errors.ts';
import { CONTAINER_MAP_DEFAULT_CONTAINER, CONTAINER_MAP_VALID_CONTAINER, MAX_CONTAINER_NAME_LEN } from '../cardmod/constants.ts';

/* Byte forms of the files of the logical card file system (S707 5.4; cardmod.h). */

/** CARD_CACHE_FILE_FORMAT: 6 bytes. */
export const CARD_CACHE_FILE_BYTES = 6;
export const CARD_CACHE_FILE_CURRENT_VERSION = 1;
/** CONTAINER_MAP_RECORD: 86 bytes. */
export const CONTAINER_MAP_RECORD_BYTES = 86;
const NAME_BYTES = 80;
const APPLICATION_BYTES = 8;

/** The freshness counters of cardcf and, behind them, one number for each application of cardapps (S707 5.4.3). */
export interface CARD_CACHE_FILE_FORMAT {
  readonly bVersion: number;
  readonly bPinsFreshness: number;
  readonly wContainersFreshness: number;
  readonly wFilesFreshness: number;
  readonly dwApplications: readonly number[];
}

/** @throws CodecError `truncated` for under 6 bytes or a part of a DWORD behind them. */
export function decodeCardCacheFile(content: Uint8Array): CARD_CACHE_FILE_FORMAT {
  const at = new Cursor(content);
  const head = { bVersion: at.u8(), bPinsFreshness: at.u8(), wContainersFreshness: at.u16le(), wFilesFreshness: at.u16le() };
  const dwApplications: number[] = [];
  while (at.remaining > 0) dwApplications.push(at.u32le());
  return { ...head, dwApplications };
}

export function encodeCardCacheFile(file: CARD_CACHE_FILE_FORMAT): Bytes {
  const out = new Builder().u8(file.bVersion).u8(file.bPinsFreshness).u16le(file.wContainersFreshness).u16le(file.wFilesFreshness);
  for (const dword of file.dwApplications) out.u32le(dword);
  return out.finish();
}

/**
 * cardcf after a change of PINs, containers or files: the counters named go up by one and wrap round. Writing it back is the caller's
 * work, as the specification gives it to the CSP (S707 2.4, 5.4.3).
 */
export function freshenCardCacheFile(
  content: Uint8Array,
  changed: { readonly pins?: boolean; readonly containers?: boolean; readonly files?: boolean },
): Bytes {
  const file = decodeCardCacheFile(content);
  const next = (value: number, is: boolean | undefined, mask: number): number => (is === true ? (value + 1) & mask : value);
  return encodeCardCacheFile({
    ...file,
    bVersion: CARD_CACHE_FILE_CURRENT_VERSION,
    bPinsFreshness: next(file.bPinsFreshness, changed.pins, 0xff),
    wContainersFreshness: next(file.wContainersFreshness, changed.containers, 0xffff),
    wFilesFreshness: next(file.wFilesFreshness, changed.files, 0xffff),
  });
}

/** One record of cmapfile; its position is the container index (S707 5.4.4). */
export interface CONTAINER_MAP_RECORD {
  readonly wszGuid: string;
  readonly bFlags: number;
  readonly wSigKeySizeBits: number;
  readonly wKeyExchangeKeySizeBits: number;
}

/** What the record of a container that does not exist holds: zeros. */
export const EMPTY_CONTAINER_MAP_RECORD: CONTAINER_MAP_RECORD = { wszGuid: '', bFlags: 0, wSigKeySizeBits: 0, wKeyExchangeKeySizeBits: 0 };

/** True for a record that stands for a container. */
export function isValidRecord(record: CONTAINER_MAP_RECORD): boolean {
  return (record.bFlags & CONTAINER_MAP_VALID_CONTAINER) !== 0;
}

/** True for the record of the default container. */
export function isDefaultRecord(record: CONTAINER_MAP_RECORD): boolean {
  const both = CONTAINER_MAP_VALID_CONTAINER | CONTAINER_MAP_DEFAULT_CONTAINER;
  return (record.bFlags & both) === both;
}

/** @throws CodecError `truncated` when the length is not a multiple of 86, `bad-value` for a name without its NUL. */
export function decodeContainerMap(content: Uint8Array): CONTAINER_MAP_RECORD[] {
  const at = new Cursor(content);
  const records: CONTAINER_MAP_RECORD[] = [];
  while (at.remaining > 0) {
    const units = new Cursor(at.take(NAME_BYTES));
    let wszGuid = '';
    let ended = false;
    while (units.remaining > 0 && !ended) {
      const unit = units.u16le();
      if (unit === 0) ended = true;
      else wszGuid += String.fromCharCode(unit);
    }
    if (!ended) throw new CodecError('bad-value', 'a container name has no end');
    const bFlags = at.u8();
    at.skip(1);
    records.push({ wszGuid, bFlags, wSigKeySizeBits: at.u16le(), wKeyExchangeKeySizeBits: at.u16le() });
  }
  return records;
}

/** @throws CodecError `bad-value` for a name over 39 characters or with a backslash or NUL. */
export function encodeContainerMap(records: readonly CONTAINER_MAP_RECORD[]): Bytes {
  const out = new Builder();
  for (const record of records) {
    const { wszGuid } = record;
    if (wszGuid.length > MAX_CONTAINER_NAME_LEN || /[\\\0]/.test(wszGuid)) throw new CodecError('bad-value', 'not a container name');
    for (let i = 0; i < NAME_BYTES / 2; i++) out.u16le(i < wszGuid.length ? wszGuid.charCodeAt(i) : 0);
    out.u8(record.bFlags).u8(0).u16le(record.wSigKeySizeBits).u16le(record.wKeyExchangeKeySizeBits);
  }
  return out.finish();
}

/** Names of the applications of cardapps, in order (S707 5.4.2). @throws CodecError `truncated` */
export function decodeCardApps(content: Uint8Array): string[] {
  const at = new Cursor(content);
  const names: string[] = [];
  while (at.remaining > 0) {
    const octets = at.take(APPLICATION_BYTES);
    const end = octets.indexOf(0);
    names.push(String.fromCharCode(...(end < 0 ? octets : octets.subarray(0, end))));
  }
  return names;
}

/** @throws CodecError `bad-value` for a name that is not 1..8 ASCII characters. */
export function encodeCardApps(names: readonly string[]): Bytes {
  const out = bytes(APPLICATION_BYTES * names.length);
  names.forEach((name, position) => {
    if (!/^[\x21-\x7e]{1,8}$/.test(name)) throw new CodecError('bad-value', 'not an application name');
    out.set(
      Uint8Array.from(name, (character) => character.charCodeAt(0)),
      APPLICATION_BYTES * position,
    );
  });
  return copy(out);
}
