import type { Bytes } from '../../codec/bytes.ts';
import { CodecError } from '../../codec/errors.ts';
import { fromHex } from '../../codec/hex.ts';
import type { RandomSource } from '../../codec/random.ts';
import { ALG, cipherLengths, rsaBits } from './algorithms.ts';
import { slotPinPolicy } from './generate.ts';
import { type CardKey, ecFromSecret, type KeyMaterial } from './keys.ts';
import { type CardMemory, type ReferenceData, saveMemory } from './memory.ts';
import { type PivProfileName, pivProfiles } from './profiles.ts';
import { rsaFromPrimes } from './rsa-engine.ts';
import { factoryMemory } from './yubikey.ts';

/** A key of a card image: RSA by its primes with e = 65537, the others by their secret number; hexadecimal, big-endian. */
export interface CardImageKey {
  /** Key reference, '9A'. */
  readonly slot: string;
  /** Algorithm identifier of SP 800-78, '07'. */
  readonly algorithm: string;
  readonly p?: string;
  readonly q?: string;
  readonly secret?: string;
  /** PIN policy 1 never, 2 once, 3 always; the slot's own when left out. */
  readonly pinPolicy?: number;
  readonly touchPolicy?: number;
  readonly origin?: 'generated' | 'imported';
}

/**
 * A card as JSON that a person can write: objects by tag ('5FC102'), each the value inside 53 (7E and 7F61: inside the tag itself, or with
 * it), keys, PINs. What is left out is as the profile's new card has it; `objects` replaces the new card's objects whole.
 */
export interface CardImage {
  readonly profile: PivProfileName;
  readonly serial?: number;
  /** ASCII. */
  readonly pin?: string;
  readonly puk?: string;
  readonly globalPin?: string;
  readonly pinTries?: { readonly left: number; readonly total: number };
  readonly pukTries?: { readonly left: number; readonly total: number };
  readonly managementKey?: { readonly algorithm: string; readonly key: string; readonly touchPolicy?: number };
  readonly objects?: Readonly<Record<string, string>>;
  readonly keys?: readonly CardImageKey[];
}

const bad = (what: string): never => {
  throw new CodecError('bad-value', `the card image has no valid ${what}`);
};

function octet(text: string, what: string): number {
  const [value, more] = fromHex(text);
  return value === undefined || more !== undefined ? bad(what) : value;
}

function material({ algorithm, p, q, secret }: CardImageKey): KeyMaterial {
  const id = octet(algorithm, 'algorithm');
  const bits = rsaBits(id);
  if (bits !== undefined) {
    const rsa = rsaFromPrimes(fromHex(p ?? ''), fromHex(q ?? ''), bits) ?? bad('RSA key');
    return { algorithm: id, rsa };
  }
  const known: readonly number[] = [ALG.p256, ALG.p384, ALG.ed25519, ALG.x25519];
  if (!known.includes(id) || secret === undefined) return bad('key');
  try {
    return ecFromSecret(id, fromHex(secret));
  } catch {
    return bad('key');
  }
}

function key(image: CardImageKey): readonly [number, CardKey] {
  const slot = octet(image.slot, 'slot');
  return [
    slot,
    {
      material: material(image),
      pinPolicy: image.pinPolicy ?? slotPinPolicy(slot),
      touchPolicy: image.touchPolicy ?? 1,
      origin: image.origin === 'imported' ? 2 : 1,
    },
  ];
}

function object(tagText: string, hex: string): readonly [number, Bytes] {
  if (!/^(5F[0-9A-F]{4}|7E|7F61)$/i.test(tagText)) return bad('object tag');
  const tag = Number.parseInt(tagText, 16);
  let value = fromHex(hex);
  // The two that are read without 53 may be given with their own tag and a short length.
  if (tag === 0x7e && value[0] === 0x7e && value[1] === value.length - 2) value = value.slice(2);
  if (tag === 0x7f61 && value[0] === 0x7f && value[1] === 0x61 && value[2] === value.length - 3) value = value.slice(3);
  return [tag, value];
}

function reference(
  current: ReferenceData,
  text: string | undefined,
  tries: { readonly left: number; readonly total: number } | undefined,
): ReferenceData {
  const value = text === undefined ? current.value : new Uint8Array(8).fill(0xff);
  if (text !== undefined) {
    if (!/^[\x20-\x7e]{1,8}$/.test(text)) return bad('PIN');
    value.set(new TextEncoder().encode(text));
  }
  const { left, total } = tries ?? current;
  if (!(Number.isInteger(left) && Number.isInteger(total) && left >= 0 && left <= total && total <= 255)) return bad('tries');
  return { value, left, total };
}

/**
 * The memory image that `createPivCard({ profile, image })` takes, from a JSON card image.
 * @throws CodecError `bad-value`, `not-hex`
 */
export function loadCardImage(image: CardImage, random: RandomSource): unknown {
  const profile = (pivProfiles as Readonly<Record<string, (typeof pivProfiles)[PivProfileName] | undefined>>)[image.profile] ?? bad('profile');
  const memory: CardMemory = factoryMemory(profile, random, image.serial ?? 0x01000000, profile.managementAlgorithm);
  memory.pin = reference(memory.pin, image.pin, image.pinTries);
  memory.puk = reference(memory.puk, image.puk, image.pukTries);
  if (image.globalPin !== undefined) memory.globalPin = reference(memory.pin, image.globalPin, { left: profile.retries, total: profile.retries });
  if (image.managementKey !== undefined) {
    const algorithm = octet(image.managementKey.algorithm, 'management key');
    const value = fromHex(image.managementKey.key);
    if (cipherLengths(algorithm)?.keyBytes !== value.length) bad('management key');
    memory.management = { algorithm, key: value, touchPolicy: image.managementKey.touchPolicy ?? 1 };
  }
  if (image.objects !== undefined) {
    memory.objects.clear();
    for (const [tag, hex] of Object.entries(image.objects)) memory.objects.set(...object(tag, hex));
  }
  for (const each of image.keys ?? []) memory.keys.set(...key(each));
  return saveMemory(memory);
}
