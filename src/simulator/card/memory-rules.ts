import { cipherLengths, rsaBits } from './algorithms.ts';
import { isKeySlot } from './generate.ts';
import { bad } from './image-members.ts';
import { type CardKey, ecFromSecret } from './keys.ts';
import type { CardMemory, ReferenceData } from './memory.ts';
import type { PivProfile } from './profiles.ts';

/* What the memory of a card of some profile can be at all: an image that no such card could have come to is refused whole. */

const ATTESTATION_SLOT = 0xf9;
/** SP 800-73-4 part 2, 2.4.3: PIN and PUK are padded to eight bytes. */
const REFERENCE_BYTES = 8;
/** 1 never, 2 once, 3 always; 4 and 5 the same two with a fingerprint. */
const MOST_PIN_POLICY = 5;
const MOST_TOUCH_POLICY = 3;

const within = (value: number, least: number, most: number): boolean => Number.isInteger(value) && value >= least && value <= most;

function checkReference({ value, left, total }: ReferenceData, what: string): void {
  if (value.length !== REFERENCE_BYTES) bad(what);
  if (!within(total, 1, 255) || !within(left, 0, total)) bad(`tries of the ${what}`);
}

function hasSlot(profile: PivProfile, slot: number): boolean {
  if (slot === ATTESTATION_SLOT) return profile.vendorCommands.includes('attest');
  return isKeySlot(slot) && (slot >= 0x9a || slot <= profile.lastRetired);
}

function checkKey(profile: PivProfile, slot: number, { material, pinPolicy, touchPolicy, origin }: CardKey): void {
  if (!hasSlot(profile, slot)) bad('key slot');
  const { algorithm } = material;
  if (!profile.keyAlgorithms.includes(algorithm)) bad('key algorithm');
  if (!within(pinPolicy, 1, MOST_PIN_POLICY) || !within(touchPolicy, 1, MOST_TOUCH_POLICY) || !within(origin, 1, 2)) bad('key policy');
  const bits = rsaBits(algorithm);
  if ('rsa' in material !== (bits !== undefined)) bad('key');
  if ('rsa' in material) {
    if (material.rsa.modulus.length * 8 !== bits || ((material.rsa.modulus[0] ?? 0) & 0x80) === 0) bad('RSA key');
    return;
  }
  try {
    ecFromSecret(algorithm, material.secret);
  } catch {
    bad('key');
  }
}

/** @throws CodecError `bad-value` */
export function checkMemory(memory: CardMemory, profile: PivProfile): void {
  if (!within(memory.serial, 0, 0xffffffff)) bad('serial');
  checkReference(memory.pin, 'PIN');
  checkReference(memory.puk, 'PUK');
  if (memory.globalPin !== undefined) checkReference(memory.globalPin, 'global PIN');
  const { algorithm, key, touchPolicy } = memory.management;
  if (!profile.managementAlgorithms.includes(algorithm) || cipherLengths(algorithm)?.keyBytes !== key.length) bad('management key');
  if (!within(touchPolicy, 1, MOST_TOUCH_POLICY)) bad('management key');
  const symmetric = memory.symmetricCardKey;
  if (symmetric !== undefined && cipherLengths(symmetric.algorithm)?.keyBytes !== symmetric.key.length) bad('symmetric card key');
  for (const [slot, each] of memory.keys) checkKey(profile, slot, each);
  let used = 0;
  for (const [tag, value] of memory.objects) {
    const limit = profile.objectLimit(tag);
    // The capacities of SP 800-73-5 part 1, table 7 are the least that a card has: cards are issued with larger objects, as a command can bring.
    if (limit === undefined || value.length > Math.max(limit, profile.issued ? profile.commandBytes : 0)) bad('object');
    used += value.length;
  }
  if (used > profile.memoryBytes) bad('objects');
}
