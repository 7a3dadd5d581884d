import { type Bytes, bytes, concat } from '../codec/bytes.ts';
import { CodecError } from '../codec/errors.ts';
import { fromHex, toHex } from '../codec/hex.ts';
import { findTlv, needTlv, readSingle, readTlvs, writeTlv } from '../codec/tlv.ts';
import type { HashName } from '../crypto/digest.ts';

/*
 * Security Object (SP 800-73-4 part 1, 3.1.7 and table 12): which object has which data group number, and a CMS signature over the hashes
 * (ICAO 9303 part 10, LDSSecurityObject).
 */

export interface SecurityObject {
  /** Data group number and container identifier, in the order of the object. */
  readonly groups: readonly { readonly group: number; readonly container: number }[];
  /** CMS SignedData with the hashes inside. */
  readonly cms: Bytes;
}

export interface GroupHash {
  readonly group: number;
  readonly hash: Bytes;
}

export interface HashList {
  /** Undefined for a hash function that is not used on PIV cards. */
  readonly algorithm: HashName | undefined;
  readonly hashes: readonly GroupHash[];
}

const MAX_GROUPS = 16;

/** Content octets of the hash functions' identifiers. */
const HASHES: readonly (readonly [HashName, string])[] = [
  ['SHA-1', '2b0e03021a'],
  ['SHA-256', '608648016503040201'],
  ['SHA-384', '608648016503040202'],
  ['SHA-512', '608648016503040203'],
];

/** @throws CodecError */
export function parseSecurityObject(content: Bytes): SecurityObject {
  const fields = readTlvs(content, { simpleTags: true });
  const map = needTlv(fields, 0xba);
  if (map.length % 3 !== 0 || map.length > 3 * MAX_GROUPS) throw new CodecError('bad-length', `a data group map of ${map.length} bytes`);
  const groups = Array.from({ length: map.length / 3 }, (_, i) => ({
    group: map[3 * i] ?? 0,
    container: ((map[3 * i + 1] ?? 0) << 8) | (map[3 * i + 2] ?? 0),
  }));
  return { groups, cms: needTlv(fields, 0xbb) };
}

/** @throws CodecError `bad-value` */
export function buildSecurityObject({ groups, cms }: SecurityObject): Bytes {
  if (groups.length > MAX_GROUPS) throw new CodecError('bad-value', `${groups.length} data groups`);
  const map = groups.flatMap(({ group, container }) => [group, container >>> 8, container & 0xff]);
  return concat(writeTlv(0xba, bytes(map)), writeTlv(0xbb, cms), writeTlv(0xfe));
}

/** LDSSecurityObject: SEQUENCE { version 0, hash algorithm, SEQUENCE OF SEQUENCE { group INTEGER, hash OCTET STRING } }. @throws CodecError */
export function parseHashList(der: Bytes): HashList {
  const fields = readTlvs(readSingle(der, 0x30), { maxCount: 4 });
  const [version, algorithm, list] = fields;
  if (version?.tag !== 0x02 || algorithm?.tag !== 0x30 || list?.tag !== 0x30) throw new CodecError('bad-tag', 'no list of hashes');
  const oid = toHex(findTlv(readTlvs(algorithm.value), 0x06) ?? bytes(0));
  const hashes = readTlvs(list.value, { maxCount: MAX_GROUPS }).map((entry) => {
    const pair = readTlvs(entry.value, { maxCount: 2 });
    const group = needTlv(pair, 0x02);
    if (entry.tag !== 0x30 || group.length !== 1) throw new CodecError('bad-value', 'no data group hash');
    return { group: group[0] ?? 0, hash: needTlv(pair, 0x04) };
  });
  return { algorithm: HASHES.find(([, known]) => known === oid)?.[0], hashes };
}

/** The list as it is signed. @throws CodecError `bad-value` */
export function buildHashList(algorithm: HashName, hashes: readonly GroupHash[]): Bytes {
  const oid = HASHES.find(([name]) => name === algorithm)?.[1];
  if (oid === undefined || hashes.length > MAX_GROUPS) throw new CodecError('bad-value', 'no such list of hashes');
  const entries = hashes.map(({ group, hash }) => writeTlv(0x30, writeTlv(0x02, bytes([group])), writeTlv(0x04, hash)));
  return writeTlv(0x30, writeTlv(0x02, bytes([0])), writeTlv(0x30, writeTlv(0x06, fromHex(oid)), writeTlv(0x05)), writeTlv(0x30, ...entries));
}
