import { type Bytes, concat, copy, EMPTY, equal } from '../../codec/bytes.ts';
import { fromHex } from '../../codec/hex.ts';
import type { RandomSource } from '../../codec/random.ts';
import { readTlvs, type Tlv, findTlv, writeTlv } from '../../codec/tlv.ts';
import { ALG, cipherLengths, rsaBits } from './algorithms.ts';
import { refuse, SW } from './apdu.ts';
import { attestationAuthority, attestationStatement, certificateObject } from './attestation.ts';
import type { CardContext, CommandHandler } from './context.ts';
import { FINGERPRINT_READER, fingerprintMetadata } from './fingerprint.ts';
import { isKeySlot, keyWithPolicies } from './generate.ts';
import { ecFromSecret, generateEcKey, type KeyMaterial, publicKeyFields } from './keys.ts';
import { type CardMemory, FINGERPRINT_TRIES, type ManagementKey, type ReferenceData } from './memory.ts';
import { initialObjects } from './objects.ts';
import { DEFAULT_PIN, DEFAULT_PUK, factoryReference } from './pins.ts';
import type { PivProfile, VendorCommand } from './profiles.ts';
import { rsaFromPrimes } from './rsa-engine.ts';

/* Yubico's commands (INS F6 to FF) and the factory state. */

const ATTESTATION_SLOT = 0xf9;
const ATTESTATION_OBJECT = 0x5fff01;
const DEFAULT_MANAGEMENT_KEY = fromHex('010203040506070801020304050607080102030405060708');

const octets = (value: number): Bytes => Uint8Array.of(value);

function requireAdmin(card: CardContext): void {
  if (!card.session.adminAuthenticated) refuse(SW.securityStatus);
}

/** Management key as delivered: 24 bytes of the well-known value, cut or repeated for the other key lengths. */
export function factoryManagementKey(algorithm: number): ManagementKey {
  const length = cipherLengths(algorithm)?.keyBytes ?? 24;
  const key = concat(DEFAULT_MANAGEMENT_KEY, DEFAULT_MANAGEMENT_KEY).slice(0, length);
  return { algorithm, key, touchPolicy: 1 };
}

/** Memory of a card nobody has used. */
export function factoryMemory(profile: PivProfile, random: RandomSource, serial: number, managementAlgorithm: number): CardMemory {
  const memory: CardMemory = {
    profile: profile.name,
    serial,
    pin: factoryReference(copy(DEFAULT_PIN), profile.retries),
    puk: factoryReference(copy(DEFAULT_PUK), profile.retries),
    globalPin: undefined,
    management: factoryManagementKey(managementAlgorithm),
    fingerTries: FINGERPRINT_TRIES,
    keys: new Map(),
    symmetricCardKey: undefined,
    objects: initialObjects(profile, random),
  };
  if (profile.vendorCommands.includes('attest')) {
    const material = generateEcKey(ALG.p256, random);
    memory.keys.set(ATTESTATION_SLOT, { material, pinPolicy: 1, touchPolicy: 1, origin: 1 });
    memory.objects.set(ATTESTATION_OBJECT, certificateObject(attestationAuthority(material, random)));
  }
  return memory;
}

const getVersion: CommandHandler = (card) => (card.defects.has('odd-version') ? card.profile.firmware.slice(0, 2) : card.profile.firmware);

const getSerial: CommandHandler = (card) => {
  const out = new Uint8Array(4);
  new DataView(out.buffer).setUint32(0, card.memory.serial);
  return out;
};

/** What halfway implementations are seen to answer; undefined where they are right. */
function halfMetadata(p2: number): Bytes | undefined {
  if (p2 === 0x9c || p2 === 0x81 || p2 === 0x9b) return refuse(SW.insNotSupported);
  if (p2 === 0x9d) return concat(writeTlv(0x01, octets(0x77)), writeTlv(0x02, Uint8Array.of(2, 1)));
  return p2 === 0x80 ? Uint8Array.of(0x01, 0x01, 0xff, 0x06, 0x02, 0x03) : undefined;
}

/** 00 F7 00 slot|80|81|9B|96: 01 algorithm, 02 policies, 03 origin, 04 public key, 05 default, 06 tries. */
const getMetadata: CommandHandler = (card, { p2 }) => {
  const half = card.defects.has('metadata-by-halves') ? halfMetadata(p2) : undefined;
  if (half !== undefined) return half;
  const isDefault = (value: Bytes, factory: Bytes): Bytes => writeTlv(0x05, octets(Number(equal(value, factory))));
  const reference = ({ value, total, left }: ReferenceData, factory: Bytes): Bytes =>
    concat(writeTlv(0x01, octets(0xff)), isDefault(value, factory), writeTlv(0x06, Uint8Array.of(total, left)));
  if (p2 === 0x80) return reference(card.memory.pin, DEFAULT_PIN);
  if (p2 === 0x81) return reference(card.memory.puk, DEFAULT_PUK);
  if (p2 === FINGERPRINT_READER) return fingerprintMetadata(card);
  if (p2 === 0x9b) {
    const { algorithm, key, touchPolicy } = card.memory.management;
    return concat(
      writeTlv(0x01, octets(algorithm)),
      writeTlv(0x02, Uint8Array.of(0, touchPolicy)),
      isDefault(key, factoryManagementKey(algorithm).key),
    );
  }
  const key = card.memory.keys.get(p2) ?? refuse(SW.referenceNotFound);
  return concat(
    writeTlv(0x01, octets(key.material.algorithm)),
    writeTlv(0x02, Uint8Array.of(key.pinPolicy, key.touchPolicy)),
    writeTlv(0x03, octets(key.origin)),
    writeTlv(0x04, publicKeyFields(key.material)),
  );
};

/** 00 F9 slot 00: refused for a key that was imported. */
const attest: CommandHandler = (card, { p1 }) => {
  const key = card.memory.keys.get(p1) ?? refuse(SW.referenceNotFound);
  const signer = card.memory.keys.get(ATTESTATION_SLOT) ?? refuse(SW.referenceNotFound);
  if (key.origin !== 1 || p1 === ATTESTATION_SLOT || 'rsa' in signer.material) return refuse(SW.wrongData);
  const facts = { slot: p1, firmware: card.profile.firmware, serial: card.memory.serial };
  const statement = attestationStatement(signer.material, key, facts, card.random);
  // 30 82 xx xx becomes 30 83 00 xx xx: BER, not DER.
  return card.defects.has('odd-attestation') ? concat(Uint8Array.of(0x30, 0x83, 0x00), statement.subarray(2)) : statement;
};

/** 00 FA PIN-tries PUK-tries: both go back to their factory values. */
const setRetries: CommandHandler = (card, { p1, p2 }) => {
  requireAdmin(card);
  if (!card.session.pinVerified) refuse(SW.securityStatus);
  if (p1 === 0 || p2 === 0) refuse(SW.wrongP1P2);
  card.memory.pin = factoryReference(copy(DEFAULT_PIN), p1);
  card.memory.puk = factoryReference(copy(DEFAULT_PUK), p2);
  card.session.pinVerified = false;
  card.session.pinFresh = false;
  card.commit();
  return EMPTY;
};

/** 00 FB 00 00, only with PIN and PUK blocked and without enrolled fingers. The attestation key and its certificate stay. */
const reset: CommandHandler = (card) => {
  const { memory, profile } = card;
  if (memory.pin.left !== 0 || memory.puk.left !== 0 || card.fingerprint?.enrolled === true) refuse(SW.conditionsOfUse);
  const authority = memory.objects.get(ATTESTATION_OBJECT);
  memory.pin = factoryReference(copy(DEFAULT_PIN), profile.retries);
  memory.puk = factoryReference(copy(DEFAULT_PUK), profile.retries);
  memory.management = factoryManagementKey(profile.managementAlgorithm);
  for (const slot of [...memory.keys.keys()]) if (slot !== ATTESTATION_SLOT) memory.keys.delete(slot);
  memory.objects.clear();
  for (const [tag, value] of initialObjects(profile, card.random)) memory.objects.set(tag, value);
  if (authority !== undefined) memory.objects.set(ATTESTATION_OBJECT, authority);
  card.session.pinVerified = false;
  card.session.pinFresh = false;
  card.session.adminAuthenticated = false;
  card.commit();
  return EMPTY;
};

/** Imported RSA halves: 01 p, 02 q, 03 dP, 04 dQ, 05 qInv; the derived numbers must agree with the primes. */
function importedRsa(algorithm: number, bits: number, fields: readonly Tlv[]): KeyMaterial {
  const part = (tag: number): Bytes => findTlv(fields, tag) ?? refuse(SW.wrongData);
  const half = bits / 16;
  if ([1, 2, 3, 4, 5].some((tag) => part(tag).length !== half)) refuse(SW.wrongData);
  const rsa = rsaFromPrimes(part(1), part(2), bits) ?? refuse(SW.wrongData);
  const agrees = [rsa.dP, rsa.dQ, rsa.qInv].every((value, i) => value.every((octet, at) => octet === part(3 + i)[at]));
  return agrees ? { algorithm, rsa } : refuse(SW.wrongData);
}

/** 00|10 FE algorithm slot: the key's numbers, then AA PIN policy and AB touch policy. */
const importKey: CommandHandler = async (card, { p1, p2, data }) => {
  requireAdmin(card);
  if (!isKeySlot(p2) || !card.profile.keyAlgorithms.includes(p1)) refuse(SW.wrongP1P2);
  let fields: Tlv[];
  try {
    fields = readTlvs(data, { simpleTags: true });
  } catch {
    return refuse(SW.wrongData);
  }
  const secretTag = { [ALG.p256]: 6, [ALG.p384]: 6, [ALG.ed25519]: 7, [ALG.x25519]: 8 }[p1] ?? 0;
  const bits = rsaBits(p1);
  const material = bits === undefined ? ecFromSecret(p1, findTlv(fields, secretTag) ?? refuse(SW.wrongData)) : importedRsa(p1, bits, fields);
  const key = await keyWithPolicies(card, p2, fields, () => Promise.resolve(material), 2);
  card.memory.keys.set(p2, key);
  card.commit();
  return EMPTY;
};

/** 00 FF FF FF|FE|FD: algorithm 9B length key. P2 tells the touch policy: none, always, cached. */
const setManagementKey: CommandHandler = (card, { p1, p2, data }) => {
  requireAdmin(card);
  const touchPolicy = { 0xff: 1, 0xfe: 2, 0xfd: 3 }[p2];
  if (p1 !== 0xff || touchPolicy === undefined) return refuse(SW.wrongP1P2);
  const [algorithm, reference, length] = data;
  if (algorithm === undefined || reference !== 0x9b || !card.profile.managementAlgorithms.includes(algorithm)) return refuse(SW.wrongData);
  if (card.defects.has('management-3des-only') && algorithm !== ALG.tripleDes) return refuse(SW.wrongData);
  const key = data.slice(3);
  if (length !== key.length || key.length !== cipherLengths(algorithm)?.keyBytes) refuse(SW.wrongData);
  card.memory.management = { algorithm, key, touchPolicy };
  card.commit();
  return EMPTY;
};

/** 00 F6 destination source; destination FF deletes. */
const moveKey: CommandHandler = (card, { p1, p2 }) => {
  requireAdmin(card);
  const { keys } = card.memory;
  if (!isKeySlot(p2) && p2 !== ATTESTATION_SLOT) refuse(SW.wrongP1P2);
  if (p1 !== 0xff && (!isKeySlot(p1) || p1 === p2 || p2 === ATTESTATION_SLOT)) refuse(SW.wrongP1P2);
  const key = keys.get(p2) ?? refuse(SW.referenceNotFound);
  if (keys.has(p1)) refuse(SW.conditionsOfUse);
  if (p1 !== 0xff) keys.set(p1, key);
  keys.delete(p2);
  card.commit();
  return EMPTY;
};

/** The vendor's commands by instruction, with the feature that a profile must have. */
export const vendorCommands: ReadonlyMap<number, { readonly feature: VendorCommand; readonly run: CommandHandler }> = new Map([
  [0xf6, { feature: 'move', run: moveKey }],
  [0xf7, { feature: 'metadata', run: getMetadata }],
  [0xf8, { feature: 'serial', run: getSerial }],
  [0xf9, { feature: 'attest', run: attest }],
  [0xfa, { feature: 'set-retries', run: setRetries }],
  [0xfb, { feature: 'reset', run: reset }],
  [0xfd, { feature: 'version', run: getVersion }],
  [0xfe, { feature: 'import', run: importKey }],
  [0xff, { feature: 'set-management-key', run: setManagementKey }],
] as const);
