import { EMPTY, type Bytes } from '../../codec/bytes.ts';
import { findTlv, type Tlv, writeTlv } from '../../codec/tlv.ts';
import { refuse, SW } from './apdu.ts';
import type { CardContext, CommandHandler } from './context.ts';
import { type CardKey, generateKey, type KeyMaterial, publicKeyFields } from './keys.ts';
import { commandTlvs } from './objects.ts';

/* GENERATE ASYMMETRIC KEY PAIR (SP 800-73-4 part 2, 3.3.2), with the policies that Yubico adds. */

/** Slots that hold asymmetric keys: 9A, 9C, 9D, 9E and the retired 82..95. */
export function isKeySlot(slot: number): boolean {
  return slot === 0x9a || (slot >= 0x9c && slot <= 0x9e) || (slot >= 0x82 && slot <= 0x95);
}

/** PIN policy that a slot has by itself: 9C always, 9E never, the others once (SP 800-73-4 part 1, table 4b). */
export function slotPinPolicy(slot: number): number {
  if (slot === 0x9c) return 3;
  return slot === 0x9e ? 1 : 2;
}

function policy(fields: readonly Tlv[], tag: number, usual: number, most = 3): number {
  const value = findTlv(fields, tag);
  if (value === undefined) return usual;
  if (value.length !== 1 || (value[0] ?? 0) > most) refuse(SW.wrongData);
  return value[0] || usual;
}

/** The key with the policies asked for (AA PIN, AB touch), or the slot's own. @throws Refusal 6A80 */
export function keyWithPolicies(
  card: CardContext,
  slot: number,
  fields: readonly Tlv[],
  material: () => Promise<KeyMaterial>,
  origin: number,
): Promise<CardKey> {
  const vendor = card.profile.vendorCommands.includes('import');
  if (!vendor && (findTlv(fields, 0xaa) ?? findTlv(fields, 0xab)) !== undefined) return refuse(SW.wrongData);
  const pinPolicy = policy(fields, 0xaa, slotPinPolicy(slot), card.fingerprint === undefined ? 3 : 5);
  const touchPolicy = policy(fields, 0xab, 1);
  return material().then((made) => ({ material: made, pinPolicy, touchPolicy, origin }));
}

const lastGenerable = ({ profile, defects }: CardContext): number => (defects.has('slot-95-not-generable') ? 0x94 : profile.lastRetired);

/** 00|10 47 00 slot Lc AC L {80 01 algorithm [AA 01 PIN policy] [AB 01 touch policy]}. */
export const generateKeyPair: CommandHandler = async (card, { p1, p2, data }): Promise<Bytes> => {
  if (p1 !== 0x00 || !isKeySlot(p2) || (p2 < 0x96 && p2 > lastGenerable(card))) refuse(SW.wrongP1P2);
  if (!card.session.adminAuthenticated) refuse(SW.securityStatus);
  const [template, ...more] = commandTlvs(data);
  if (template?.tag !== 0xac || more.length !== 0) return refuse(SW.wrongData);
  const fields = commandTlvs(template.value);
  const [algorithm, ...rest] = findTlv(fields, 0x80) ?? EMPTY;
  if (algorithm === undefined || rest.length !== 0 || !card.profile.keyAlgorithms.includes(algorithm)) return refuse(SW.wrongData);
  const key = await keyWithPolicies(card, p2, fields, () => generateKey(algorithm, card.random, card.generateRsa), 1);
  if (!card.alive()) return refuse(SW.noPreciseDiagnosis);
  card.memory.keys.set(p2, key);
  card.commit();
  // Eleven octets: an RSA key with a modulus of none.
  if (card.defects.has('empty-generate') && 'rsa' in key.material) return writeTlv(0x7f49, writeTlv(0x81), writeTlv(0x82, Uint8Array.of(0, 1, 0, 1)));
  return writeTlv(0x7f49, publicKeyFields(key.material));
};
