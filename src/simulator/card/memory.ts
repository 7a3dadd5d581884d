import { type Bytes, copy } from '../../codec/bytes.ts';
import { fromHex, toHex } from '../../codec/hex.ts';
import { bad, ImageMembers } from './image-members.ts';
import type { CardKey, KeyMaterial } from './keys.ts';
import type { RsaPrivateKey } from './rsa-engine.ts';

/** Mismatches of the fingerprint reader until only the PIN helps. */
export const FINGERPRINT_TRIES = 3;

/** PIN or PUK with its retry counter. */
export interface ReferenceData {
  value: Bytes;
  left: number;
  total: number;
}

/** Key 9B. */
export interface ManagementKey {
  readonly algorithm: number;
  readonly key: Bytes;
  readonly touchPolicy: number;
}

/** The card's non-volatile memory. */
export interface CardMemory {
  readonly profile: string;
  readonly serial: number;
  pin: ReferenceData;
  puk: ReferenceData;
  /** Where the card has one: reference 00, beside the application's own PIN. */
  globalPin: ReferenceData | undefined;
  management: ManagementKey;
  /** Tries that the fingerprint reader has left, where there is one. */
  fingerTries: number;
  /** Asymmetric keys by slot. */
  readonly keys: Map<number, CardKey>;
  /** Symmetric card authentication key in 9E, where the card was issued with one. */
  symmetricCardKey: { readonly algorithm: number; readonly key: Bytes } | undefined;
  /** Values inside tag 53 (7E and 7F61: inside the tag itself) by object tag. */
  readonly objects: Map<number, Bytes>;
}

const FORMAT = 1;
const RSA_PARTS = ['modulus', 'publicExponent', 'p', 'q', 'dP', 'dQ', 'qInv'] as const;

function keyImage({ material, ...policy }: CardKey): unknown {
  if (!('rsa' in material)) return { ...policy, algorithm: material.algorithm, secret: toHex(material.secret) };
  return { ...policy, algorithm: material.algorithm, rsa: Object.fromEntries(RSA_PARTS.map((part) => [part, toHex(material.rsa[part])])) };
}

/** A JSON-safe image of the memory: octets as hexadecimal, maps as lists of pairs. */
export function saveMemory(memory: CardMemory): unknown {
  const reference = (data: ReferenceData): unknown => ({ ...data, value: toHex(data.value) });
  const { symmetricCardKey: symmetric } = memory;
  return {
    format: FORMAT,
    profile: memory.profile,
    serial: memory.serial,
    pin: reference(memory.pin),
    puk: reference(memory.puk),
    ...(memory.globalPin === undefined ? {} : { globalPin: reference(memory.globalPin) }),
    management: { ...memory.management, key: toHex(memory.management.key) },
    fingerTries: memory.fingerTries,
    keys: [...memory.keys].map(([slot, key]) => [slot, keyImage(key)]),
    symmetricCardKey: symmetric === undefined ? null : { algorithm: symmetric.algorithm, key: toHex(symmetric.key) },
    objects: [...memory.objects].map(([tag, value]) => [tag, toHex(value)]),
  };
}

function readKey(value: unknown): CardKey {
  const image = new ImageMembers(value, 'key');
  const algorithm = image.number('algorithm');
  let material: KeyMaterial;
  if (image.has('rsa')) {
    const parts = image.inner('rsa');
    const rsa: RsaPrivateKey = {
      modulus: parts.octets('modulus'),
      publicExponent: parts.octets('publicExponent'),
      p: parts.octets('p'),
      q: parts.octets('q'),
      dP: parts.octets('dP'),
      dQ: parts.octets('dQ'),
      qInv: parts.octets('qInv'),
    };
    material = { algorithm, rsa };
  } else {
    material = { algorithm, secret: image.octets('secret') };
  }
  return { material, pinPolicy: image.number('pinPolicy'), touchPolicy: image.number('touchPolicy'), origin: image.number('origin') };
}

/** The memory that {@link saveMemory} put away. @throws CodecError `bad-value`, `not-hex` for anything else. */
export function restoreMemory(value: unknown, profile: string): CardMemory {
  const image = new ImageMembers(value, 'image');
  if (image.number('format') !== FORMAT) bad('format');
  if (image.text('profile') !== profile) bad('profile');
  const reference = (name: 'pin' | 'puk' | 'globalPin'): ReferenceData => {
    const data = image.inner(name);
    return { value: data.octets('value'), left: data.number('left'), total: data.number('total') };
  };
  const management = image.inner('management');
  const symmetric = image.has('symmetricCardKey') ? image.inner('symmetricCardKey') : undefined;
  return {
    profile,
    serial: image.number('serial'),
    pin: reference('pin'),
    puk: reference('puk'),
    globalPin: image.has('globalPin') ? reference('globalPin') : undefined,
    management: {
      algorithm: management.number('algorithm'),
      key: management.octets('key'),
      touchPolicy: management.number('touchPolicy'),
    },
    fingerTries: image.has('fingerTries') ? image.number('fingerTries') : FINGERPRINT_TRIES,
    keys: new Map(image.pairs('keys').map(([slot, key]) => [slot, readKey(key)])),
    symmetricCardKey: symmetric === undefined ? undefined : { algorithm: symmetric.number('algorithm'), key: symmetric.octets('key') },
    objects: new Map(image.pairs('objects').map(([tag, octets]) => [tag, typeof octets === 'string' ? copy(fromHex(octets)) : bad('object')])),
  };
}
