import type { Bytes } from '../../codec/bytes.ts';
import { fromHex } from '../../codec/hex.ts';
import type { RandomSource } from '../../codec/random.ts';
import { ALG, rsaBits } from './algorithms.ts';
import { slotPinPolicy } from './generate.ts';
import { bad, ImageMembers } from './image-members.ts';
import { type CardKey, ecFromSecret, type KeyMaterial } from './keys.ts';
import { type CardMemory, type ReferenceData, saveMemory } from './memory.ts';
import { checkMemory } from './memory-rules.ts';
import { type PivProfile, type PivProfileName, pivProfiles } from './profiles.ts';
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
  readonly globalPinTries?: { readonly left: number; readonly total: number };
  readonly pukTries?: { readonly left: number; readonly total: number };
  readonly managementKey?: { readonly algorithm: string; readonly key: string; readonly touchPolicy?: number };
  readonly objects?: Readonly<Record<string, string>>;
  readonly keys?: readonly CardImageKey[];
}

function material(image: ImageMembers, algorithm: number): KeyMaterial {
  const bits = rsaBits(algorithm);
  if (bits !== undefined) return { algorithm, rsa: rsaFromPrimes(image.octets('p'), image.octets('q'), bits) ?? bad('RSA key') };
  const known: readonly number[] = [ALG.p256, ALG.p384, ALG.ed25519, ALG.x25519];
  if (!known.includes(algorithm)) return bad('key');
  const secret = image.octets('secret');
  try {
    return ecFromSecret(algorithm, secret);
  } catch {
    return bad('key');
  }
}

const numberOr = (image: ImageMembers, name: string, usual: number): number => (image.lacks(name) ? usual : image.number(name));

function originOf(image: ImageMembers): number {
  const origin = image.lacks('origin') ? 'generated' : image.text('origin');
  if (origin !== 'generated' && origin !== 'imported') return bad('origin');
  return origin === 'imported' ? 2 : 1;
}

function key(value: unknown): readonly [number, CardKey] {
  const image = new ImageMembers(value, 'key');
  const slot = image.octet('slot');
  const policies = { pinPolicy: numberOr(image, 'pinPolicy', slotPinPolicy(slot)), touchPolicy: numberOr(image, 'touchPolicy', 1) };
  return [slot, { material: material(image, image.octet('algorithm')), ...policies, origin: originOf(image) }];
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

/** PIN or PUK of the image, with its tries; what is left out is as it was. */
function reference(image: ImageMembers, current: ReferenceData, name: string, triesName: string): ReferenceData {
  const tries = image.lacks(triesName) ? undefined : image.inner(triesName);
  const { left, total } = tries === undefined ? current : { left: tries.number('left'), total: tries.number('total') };
  if (image.lacks(name)) return { value: current.value, left, total };
  const text = image.text(name);
  const value = new Uint8Array(8).fill(0xff);
  if (!/^[\x20-\x7e]{1,8}$/.test(text)) return bad(name);
  value.set(new TextEncoder().encode(text));
  return { value, left, total };
}

/** Sets what may come once. */
function put<T>(map: Map<number, T>, [name, value]: readonly [number, T], what: string): void {
  if (map.has(name)) bad(`${what}: it comes twice`);
  map.set(name, value);
}

function profileNamed(name: string): PivProfile {
  // By own names alone: every object answers to 'constructor'.
  return Object.hasOwn(pivProfiles, name) ? pivProfiles[name as PivProfileName] : bad('profile');
}

/**
 * The memory image that `createPivCard({ profile, image })` takes, from a JSON card image. Nothing about the image is believed, since it
 * may have been parsed from a file.
 * @throws CodecError `bad-value`, `not-hex` for anything that no card of the profile can be
 */
export function loadCardImage(image: CardImage, random: RandomSource): unknown {
  const members = new ImageMembers(image, 'form');
  const profile = profileNamed(members.text('profile'));
  const memory: CardMemory = factoryMemory(profile, random, numberOr(members, 'serial', 0x01000000), profile.managementAlgorithm);
  memory.pin = reference(members, memory.pin, 'pin', 'pinTries');
  memory.puk = reference(members, memory.puk, 'puk', 'pukTries');
  if (!members.lacks('globalPin')) {
    const full = { ...memory.pin, left: profile.retries, total: profile.retries };
    memory.globalPin = reference(members, full, 'globalPin', 'globalPinTries');
  }
  if (!members.lacks('managementKey')) {
    const given = members.inner('managementKey');
    memory.management = { algorithm: given.octet('algorithm'), key: given.octets('key'), touchPolicy: numberOr(given, 'touchPolicy', 1) };
  }
  if (!members.lacks('objects')) {
    memory.objects.clear();
    for (const [tag, hex] of members.inner('objects').texts()) put(memory.objects, object(tag, hex), 'object');
  }
  if (!members.lacks('keys')) for (const each of members.list('keys')) put(memory.keys, key(each), 'key');
  checkMemory(memory, profile);
  return saveMemory(memory);
}
