import { type Bytes, concat, copy } from '../codec/bytes.ts';
import { Builder, Cursor } from '../codec/cursor.ts';
import { CodecError } from '../codec/errors.ts';

/*
 * The record inside a biometric container (SP 800-76-2, 9 and table 7): a CBEFF header of 88 octets, the biometric data, and the signature
 * of whoever collected them. The data themselves stay opaque.
 */

const HEADER_BYTES = 88;
const PATRON_HEADER = 0x03;
const SECURITY_OPTIONS = 0x0d;
const CREATOR_BYTES = 18;
const ZULU = 0x5a;

export interface BiometricRecord {
  readonly formatOwner: number;
  readonly formatType: number;
  readonly createdAt: Date;
  readonly validFrom: Date;
  readonly validUntil: Date;
  /** Three octets: 000002 face, 000008 fingerprints, 000010 iris. */
  readonly type: number;
  /** As it stands; -2 when nobody judged it, -1 when it could not be judged. */
  readonly quality: number;
  readonly creator: string;
  /** 25 bytes: whose card it is. */
  readonly fascN: Bytes;
  readonly data: Bytes;
  /** CMS SignedData; empty when there is none. */
  readonly signature: Bytes;
}

/** Eight octets, one for each two digits of YYYYMMDDhhmmss, then Z. */
function readTime(cursor: Cursor): Date {
  const [century = 0, year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, zone = 0] = cursor.take(8);
  const time = new Date(Date.UTC(century * 100 + year, month - 1, day, hour, minute, second));
  const same = time.getUTCFullYear() === century * 100 + year && time.getUTCMonth() === month - 1 && time.getUTCDate() === day;
  if (zone !== ZULU || !same || century > 99 || year > 99 || hour > 23 || minute > 59 || second > 59)
    throw new CodecError('bad-value', 'a time that is none');
  return time;
}

/** @throws CodecError */
export function parseBiometricRecord(record: Bytes): BiometricRecord {
  const cursor = new Cursor(record);
  if (cursor.u8() !== PATRON_HEADER || cursor.u8() !== SECURITY_OPTIONS) throw new CodecError('bad-value', 'no header of a PIV biometric record');
  const dataBytes = cursor.u32be();
  const signatureBytes = cursor.u16be();
  const head = { formatOwner: cursor.u16be(), formatType: cursor.u16be() };
  const times = { createdAt: readTime(cursor), validFrom: readTime(cursor), validUntil: readTime(cursor) };
  const [a = 0, b = 0, c = 0] = cursor.take(3);
  cursor.skip(1);
  const quality = (cursor.u8() << 24) >> 24;
  const creator = String.fromCharCode(...cursor.take(CREATOR_BYTES)).replace(/\0.*$/, '');
  const fascN = copy(cursor.take(25));
  cursor.skip(4);
  if (dataBytes + signatureBytes !== record.length - HEADER_BYTES)
    throw new CodecError('bad-length', 'the parts of the record are not as long as its header says');
  const data = copy(cursor.take(dataBytes));
  return { ...head, ...times, type: (a << 16) | (b << 8) | c, quality, creator, fascN, data, signature: copy(cursor.take(signatureBytes)) };
}

/** What the signature covers: header and data (SP 800-76-2, 9.3). */
export function biometricSignedOctets(record: Bytes, { signature }: BiometricRecord): Bytes {
  return record.slice(0, record.length - signature.length);
}

function writeTime(builder: Builder, time: Date): void {
  const year = time.getUTCFullYear();
  const parts = [Math.floor(year / 100), year % 100, time.getUTCMonth() + 1, time.getUTCDate()];
  for (const octet of [...parts, time.getUTCHours(), time.getUTCMinutes(), time.getUTCSeconds(), ZULU]) builder.u8(octet);
}

/** @throws CodecError `bad-length`, `bad-value` */
export function buildBiometricRecord(record: BiometricRecord): Bytes {
  const { creator, fascN, data, signature, type, quality } = record;
  if (fascN.length !== 25) throw new CodecError('bad-length', 'a FASC-N has 25 bytes');
  if (creator.length >= CREATOR_BYTES || !/^[\x20-\x7e]*$/.test(creator)) throw new CodecError('bad-value', 'the name of the creator');
  const head = new Builder().u8(PATRON_HEADER).u8(SECURITY_OPTIONS).u32be(data.length).u16be(signature.length);
  head.u16be(record.formatOwner).u16be(record.formatType);
  for (const time of [record.createdAt, record.validFrom, record.validUntil]) writeTime(head, time);
  head
    .u8(type >>> 16)
    .u8((type >>> 8) & 0xff)
    .u8(type & 0xff)
    .u8(0x20)
    .u8(quality & 0xff);
  for (let i = 0; i < CREATOR_BYTES; i++) head.u8(i < creator.length ? creator.charCodeAt(i) : 0);
  return concat(head.finish(), fascN, new Uint8Array(4), data, signature);
}
