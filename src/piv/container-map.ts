import { type Bytes, concat, copy } from '../codec/bytes.ts';
import { Cursor } from '../codec/cursor.ts';
import { CodecError } from '../codec/errors.ts';
import { findTlv, readTlvs, writeTlv } from '../codec/tlv.ts';

/*
 * Yubico's container map (object 5FFF10): 81 {records of 107 bytes}, little-endian (fact sheet, minidriver 10.6). It is where names,
 * default flag and association of minidriver containers live on such a card.
 */

const RECORD_BYTES = 107;
const NAME_BYTES = 80;
const FINGERPRINT_BYTES = 20;
const MAX_RECORDS = 32;

/** One record. `flags`: 1 valid, 2 default. `keySpec`: wincrypt's AT_ number. `associated`: container index of the ECDH key, 0 = none. */
export interface ContainerRecord {
  readonly name: string;
  /** PIV key reference. */
  readonly slot: number;
  readonly keySpec: number;
  readonly keyBits: number;
  readonly flags: number;
  readonly pinId: number;
  readonly associated: number;
  /** SHA-1 of the certificate, zeros when there is none. */
  readonly fingerprint: Bytes;
}

/** Text of a zero-filled UTF-16LE field. */
export function readUtf16(field: Uint8Array): string {
  let text = '';
  for (let i = 0; i + 1 < field.length; i += 2) {
    const unit = (field[i] ?? 0) | ((field[i + 1] ?? 0) << 8);
    if (unit === 0) break;
    text += String.fromCharCode(unit);
  }
  return text;
}

/** @throws CodecError `too-large` when no room is left for the final zero */
export function writeUtf16(text: string, lengthBytes: number): Bytes {
  if (text.length * 2 > lengthBytes - 2) throw new CodecError('too-large', `a name of ${text.length} characters`);
  const out = new Uint8Array(lengthBytes);
  for (let i = 0; i < text.length; i++) {
    out[2 * i] = text.charCodeAt(i) & 0xff;
    out[2 * i + 1] = text.charCodeAt(i) >>> 8;
  }
  return out;
}

/** @throws CodecError */
export function parseContainerMap(content: Bytes): ContainerRecord[] {
  const records = findTlv(readTlvs(content), 0x81) ?? new Uint8Array(0);
  if (records.length % RECORD_BYTES !== 0 || records.length > MAX_RECORDS * RECORD_BYTES)
    throw new CodecError('bad-length', `a container map of ${records.length} bytes`);
  const out: ContainerRecord[] = [];
  for (let at = 0; at < records.length; at += RECORD_BYTES) {
    const cursor = new Cursor(records, at, at + RECORD_BYTES);
    out.push({
      name: readUtf16(cursor.take(NAME_BYTES)),
      slot: cursor.u8(),
      keySpec: cursor.u8(),
      keyBits: cursor.u16le(),
      flags: cursor.u8(),
      pinId: cursor.u8(),
      associated: cursor.u8(),
      fingerprint: cursor.take(FINGERPRINT_BYTES),
    });
  }
  return out;
}

/** @throws CodecError `too-large`, `bad-length` */
export function buildContainerMap(records: readonly ContainerRecord[]): Bytes {
  if (records.length > MAX_RECORDS) throw new CodecError('too-large', `${records.length} containers`);
  const parts = records.map((record) => {
    if (record.fingerprint.length !== FINGERPRINT_BYTES) throw new CodecError('bad-length', 'a fingerprint has 20 bytes');
    const { slot, keySpec, keyBits, flags, pinId, associated } = record;
    return concat(
      writeUtf16(record.name, NAME_BYTES),
      Uint8Array.from([slot, keySpec, keyBits & 0xff, keyBits >>> 8, flags, pinId, associated]),
      copy(record.fingerprint),
    );
  });
  return writeTlv(0x81, ...parts);
}
