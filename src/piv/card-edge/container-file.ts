import { type Bytes, bytes, concat } from '../../codec/bytes.ts';
import { Cursor } from '../../codec/cursor.ts';
import { CodecError } from '../../codec/errors.ts';
import { digest } from '../../crypto/digest.ts';
import type { PublicKey } from '../../crypto/public-key.ts';
import { bitLength } from '../../crypto/pkcs1.ts';
import type { EdgeContainer } from '../../minidriver/card-edge.ts';
import { type ContainerRecord, readUtf16, writeUtf16 } from '../container-map.ts';
import { SLOTS } from '../slots.ts';

/*
 * The minidriver's cmapfile (86-byte records by container index, S707 5.4.4) and Yubico's container map (107-byte records by slot): the same
 * facts in two forms.
 */

const FILE_RECORD_BYTES = 86;
const NAME_BYTES = 80;
export const VALID = 1;
export const DEFAULT = 2;

/** wincrypt.h: AT_KEYEXCHANGE, AT_SIGNATURE, AT_ECDSA_*, AT_ECDHE_*. */
const AT_KEYEXCHANGE = 1;
const AT_SIGNATURE = 2;
const AT_ECDSA = { 'P-256': 3, 'P-384': 4, 'P-521': 5 } as const;
const AT_ECDHE = { 'P-256': 6, 'P-384': 7, 'P-521': 8 } as const;
const EC_BITS = { 'P-256': 256, 'P-384': 384, 'P-521': 521 } as const;

export function keySpecOf(key: PublicKey | undefined, usage: 'signature' | 'key-exchange'): number {
  if (key?.kind === 'ec') return (usage === 'signature' ? AT_ECDSA : AT_ECDHE)[key.curve];
  return usage === 'signature' ? AT_SIGNATURE : AT_KEYEXCHANGE;
}

/** Undefined for a number that says nothing of this key: a record may be older than the key. */
export function usageOf(keySpec: number, key: PublicKey | undefined): 'signature' | 'key-exchange' | undefined {
  const curve = keySpec >= 3 && keySpec <= 8;
  if (key !== undefined && (key.kind === 'ec') !== curve) return undefined;
  if (keySpec === AT_SIGNATURE || (curve && keySpec <= 5)) return 'signature';
  return keySpec === AT_KEYEXCHANGE || curve ? 'key-exchange' : undefined;
}

function bitsOf(key: PublicKey | undefined): number {
  return key === undefined ? 0 : key.kind === 'ec' ? EC_BITS[key.curve] : bitLength(key.modulus);
}

/** cmapfile of these containers; `names` by position in the list. */
export function buildContainerFile(containers: readonly EdgeContainer[], names: readonly string[]): Bytes {
  const last = containers.at(-1);
  const records: Bytes[] = Array.from({ length: last === undefined ? 0 : last.index + 1 }, () => bytes(FILE_RECORD_BYTES));
  containers.forEach((container, i) => {
    const bits = bitsOf(container.publicKey);
    const [signature, exchange] = container.usage === 'signature' ? [bits, 0] : [0, bits];
    const flags = VALID | (container.storedDefault === true ? DEFAULT : 0);
    const tail = bytes([flags, 0, signature & 0xff, signature >>> 8, exchange & 0xff, exchange >>> 8]);
    records[container.index] = concat(writeUtf16((names[i] ?? '').slice(0, 39), NAME_BYTES), tail);
  });
  return concat(...records);
}

/**
 * Records of the card's map for a new cmapfile. Containers that hold no key are left out; what the file does not say (PIN, association)
 * comes from the card and the old map.
 * @throws CodecError for a length that is no multiple of 86, or more records than containers
 */
export async function recordsOfFile(
  file: Bytes,
  containers: readonly EdgeContainer[],
  certificateOf: (container: EdgeContainer) => Promise<Bytes | undefined>,
): Promise<ContainerRecord[]> {
  const count = file.length / FILE_RECORD_BYTES;
  if (!Number.isInteger(count) || count > SLOTS.length) throw new CodecError('bad-length', `a container map file of ${file.length} bytes`);
  const records: ContainerRecord[] = [];
  for (let index = 0; index < count; index++) {
    const cursor = new Cursor(file, index * FILE_RECORD_BYTES, (index + 1) * FILE_RECORD_BYTES);
    const name = readUtf16(cursor.take(NAME_BYTES));
    const flags = cursor.u8();
    const container = containers.find((each) => each.index === index);
    if ((flags & VALID) !== 0 && container !== undefined)
      records.push(await recordOf(container, name, flags & (VALID | DEFAULT), await certificateOf(container)));
  }
  return records;
}

/** The map's record of one container. */
export async function recordOf(container: EdgeContainer, name: string, flags: number, certificate: Bytes | undefined): Promise<ContainerRecord> {
  return {
    name,
    slot: SLOTS[container.index]?.key ?? 0,
    keySpec: keySpecOf(container.publicKey, container.usage),
    keyBits: bitsOf(container.publicKey),
    flags,
    pinId: container.pinId,
    associated: container.associatedEcdhContainer ?? 0,
    fingerprint: certificate === undefined ? bytes(20) : await digest('SHA-1', certificate),
  };
}
