import { type Bytes, bytes, concat, wipe } from '../codec/bytes.ts';
import { CodecError } from '../codec/errors.ts';
import { findTlv, readSingle, readTlvs, writeTlv } from '../codec/tlv.ts';

/*
 * Admin data (Yubico, object 5FFF00): 80 {81 flags, 82 salt, 83 time}. It tells where the management key comes from when nobody types it:
 * kept in the Printed Information object behind the PIN, or made from the PIN and a salt (an old way, of 3DES days).
 */

const PUK_BLOCKED = 0x01;
const KEY_STORED = 0x02;
export const SALT_BYTES = 16;

export interface AdminData {
  readonly pukBlocked: boolean;
  /** The key stands in the Printed Information object. */
  readonly keyStored: boolean;
  /** Salt of a key that is made from the PIN. */
  readonly salt: Bytes | undefined;
  /** Seconds since 1970 when the PIN was last changed by such software. */
  readonly pinChangedS: number | undefined;
}

/** @throws CodecError */
export function parseAdminData(content: Bytes): AdminData {
  const fields = readTlvs(readSingle(content, 0x80));
  const flags = findTlv(fields, 0x81)?.[0] ?? 0;
  const salt = findTlv(fields, 0x82);
  const time = findTlv(fields, 0x83);
  if (time !== undefined && time.length > 4) throw new CodecError('bad-length', `a time of ${time.length} bytes`);
  return {
    pukBlocked: (flags & PUK_BLOCKED) !== 0,
    keyStored: (flags & KEY_STORED) !== 0,
    salt: salt === undefined || salt.length === 0 ? undefined : salt,
    // Little-endian: what writes it does so (Yubico's .NET SDK; libykpiv as its host has it). ykman reads the octets the other way round, but
    // only to write them back as they were.
    pinChangedS: time?.reduceRight((sum, octet) => sum * 256 + octet, 0),
  };
}

/** Whether an admin data object claims that the key is kept; one that can't be read claims nothing. */
export function claimsStoredKey(content: Bytes): boolean {
  try {
    return parseAdminData(content).keyStored;
  } catch (error) {
    if (error instanceof CodecError) return false;
    throw error;
  }
}

const PROTECTED = 0x88;
const KEY = 0x89;
const NEXT_KEY = 0x8a;

/**
 * Management keys in a Printed Information object, to be wiped; undefined when it holds something else. Yubico's tools leave 88 without a key
 * in it when they take one out.
 */
export function keysInside(printed: Bytes): Bytes[] | undefined {
  let inside: Bytes | undefined;
  try {
    inside = findTlv(readTlvs(printed, { simpleTags: true }), PROTECTED);
    if (inside === undefined) return undefined;
    return readTlvs(inside).flatMap(({ tag, value }) => ((tag === KEY || tag === NEXT_KEY) && value.length > 0 ? [value] : []));
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  } finally {
    wipe(inside);
  }
}

/** Content of a Printed Information object that holds these keys and nothing else; to be wiped. */
export function buildKeysInside(keys: readonly Bytes[]): Bytes {
  const fields = keys.map((key, i) => writeTlv(i === 0 ? KEY : NEXT_KEY, key));
  try {
    return writeTlv(PROTECTED, ...fields);
  } finally {
    wipe(...fields);
  }
}

export function buildAdminData({ pukBlocked, keyStored, salt, pinChangedS }: AdminData): Bytes {
  const flags = (pukBlocked ? PUK_BLOCKED : 0) | (keyStored ? KEY_STORED : 0);
  const parts = [writeTlv(0x81, bytes([flags]))];
  if (salt !== undefined) parts.push(writeTlv(0x82, salt));
  if (pinChangedS !== undefined)
    parts.push(writeTlv(0x83, bytes([pinChangedS & 0xff, (pinChangedS >>> 8) & 0xff, (pinChangedS >>> 16) & 0xff, pinChangedS >>> 24])));
  return writeTlv(0x80, concat(...parts));
}

/**
 * Where the management key comes from. 'conflict': both ways are claimed, or the key is claimed to be in Printed Information and is not
 * there, or that object holds a key which the admin data do not speak of. `printed` is undefined when it was not read.
 */
export function managementKeyHome(
  admin: AdminData | undefined,
  printed: { readonly holdsKey: boolean } | undefined,
): 'unknown' | 'protected' | 'derived' | 'conflict' {
  const stored = admin?.keyStored === true;
  const derived = admin?.salt !== undefined;
  if (stored && derived) return 'conflict';
  if (printed !== undefined && printed.holdsKey !== stored) return 'conflict';
  return stored ? 'protected' : derived ? 'derived' : 'unknown';
}
