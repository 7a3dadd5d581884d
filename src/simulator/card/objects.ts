import { type Bytes, concat, copy, EMPTY } from '../../codec/bytes.ts';
import { CodecError } from '../../codec/errors.ts';
import { fromHex } from '../../codec/hex.ts';
import type { RandomSource } from '../../codec/random.ts';
import { readTlvs, type Tlv, writeTlv } from '../../codec/tlv.ts';
import { refuse, SW } from './apdu.ts';
import type { CardContext, CommandHandler } from './context.ts';
import { pinGiven } from './pins.ts';
import { PIV_AID, type PivProfile } from './profiles.ts';

/* GET DATA and PUT DATA (SP 800-73-4 part 2, 3.1.2 and 3.3.2) and the objects a card has from the beginning. */

const DISCOVERY = 0x7e;
const BIT_GROUP = 0x7f61;

/** Objects that come and go without the wrapper 53. */
const unwrapped = (tag: number): boolean => tag === DISCOVERY || tag === BIT_GROUP;

/** The data objects of a command's data field. @throws Refusal 6A80 when they are malformed. */
export function commandTlvs(data: Uint8Array): Tlv[] {
  try {
    return readTlvs(data);
  } catch (error) {
    if (error instanceof CodecError) return refuse(SW.wrongData);
    throw error;
  }
}

function tagNumber(octets: Uint8Array): number {
  if (octets.length < 1 || octets.length > 3) refuse(SW.wrongData);
  return octets.reduce((value, octet) => value * 256 + octet, 0);
}

const isCertificate = (tag: number): boolean => tag === 0x5fc101 || tag === 0x5fc105 || (tag >= 0x5fc10a && tag <= 0x5fc120 && tag !== 0x5fc10c);

/** 00 CB 3F FF Lc 5C len tag. */
export const getData: CommandHandler = (card, { p1, p2, data }) => {
  if (p1 !== 0x3f || p2 !== 0xff) refuse(SW.wrongP1P2);
  const [list, ...more] = commandTlvs(data);
  if (list?.tag !== 0x5c || more.length !== 0) return refuse(SW.wrongData);
  const tag = tagNumber(list.value);
  const value = card.memory.objects.get(tag);
  if (
    card.profile.pinObjects.includes(tag) &&
    !pinGiven(card) &&
    !card.session.fingerVerified &&
    !(value === undefined && card.profile.emptyProtectedTellsAbsent)
  )
    refuse(SW.securityStatus);
  if (value === undefined) return refuse(card.profile.objectLimit(tag) === undefined && isCertificate(tag) ? SW.functionNotSupported : SW.notFound);
  const shown = copy(value);
  if (card.defects.has('garbled-certificate') && isCertificate(tag)) shown[shown.length >> 1] = (shown[shown.length >> 1] ?? 0) ^ 0x01;
  return writeTlv(unwrapped(tag) ? tag : 0x53, shown);
};

/** Writes one object; an empty value removes it. @throws Refusal 6A81 no such object, 6A84 too large */
export function writeObject(card: CardContext, tag: number, value: Bytes): void {
  const limit = card.profile.objectLimit(tag);
  if (limit === undefined) return refuse(SW.functionNotSupported);
  let used = value.length;
  for (const [other, content] of card.memory.objects) if (other !== tag) used += content.length;
  if (value.length > limit || used > card.profile.memoryBytes) refuse(SW.noSpace);
  if (value.length === 0) card.memory.objects.delete(tag);
  else card.memory.objects.set(tag, value);
  card.commit();
}

/** 00 DB 3F FF Lc 5C len tag 53 L value; 7E and 7F61 are sent as themselves. */
export const putData: CommandHandler = (card, { p1, p2, data }) => {
  if (p1 !== 0x3f || p2 !== 0xff) refuse(SW.wrongP1P2);
  if (!card.session.adminAuthenticated) refuse(SW.securityStatus);
  const [first, second, ...more] = commandTlvs(data);
  if (first === undefined) return refuse(SW.wrongData);
  if (unwrapped(first.tag) && second === undefined) writeObject(card, first.tag, first.value);
  else if (first.tag === 0x5c && second?.tag === 0x53 && more.length === 0) writeObject(card, tagNumber(first.value), second.value);
  else refuse(SW.wrongData);
  return EMPTY;
};

/** FASC-N of a card outside the federal numbering (agency 9999, system 9999, credential 999999), packed in 25 octets. */
const NON_FEDERAL_FASCN = fromHex('d4e739da739ced39ce739d836858210842108421c84210c3eb');

function uuidVersion4(random: RandomSource): Bytes {
  const out = random(16);
  out[6] = ((out[6] ?? 0) & 0x0f) | 0x40;
  out[8] = ((out[8] ?? 0) & 0x3f) | 0x80;
  return out;
}

function cardHolderUniqueIdentifier(random: RandomSource): Bytes {
  const expiry = new TextEncoder().encode('20491231');
  return concat(writeTlv(0x30, NON_FEDERAL_FASCN), writeTlv(0x34, uuidVersion4(random)), writeTlv(0x35, expiry), writeTlv(0x3e), writeTlv(0xfe));
}

/** Card capability container: GSC-RID, manufacturer FF, card type 02 (Java Card), random card id; data model 10. */
function cardCapabilityContainer(random: RandomSource): Bytes {
  const cardId = concat(fromHex('a000000116ff02'), random(14));
  const empty = [0xf6, 0xf7, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe].map((tag) => writeTlv(tag));
  return concat(
    writeTlv(0xf0, cardId),
    writeTlv(0xf1, Uint8Array.of(0x21)),
    writeTlv(0xf2, Uint8Array.of(0x21)),
    writeTlv(0xf3),
    writeTlv(0xf4, Uint8Array.of(0x00)),
    writeTlv(0xf5, Uint8Array.of(0x10)),
    ...empty,
  );
}

/** The discovery object where the card has one, and for an issued card CHUID and CCC. */
export function initialObjects(profile: PivProfile, random: RandomSource): Map<number, Bytes> {
  const objects = new Map<number, Bytes>();
  const { discovery } = profile;
  if (discovery !== undefined) objects.set(DISCOVERY, concat(writeTlv(0x4f, PIV_AID), writeTlv(0x5f2f, Uint8Array.from(discovery))));
  if (profile.issued) {
    objects.set(0x5fc102, cardHolderUniqueIdentifier(random));
    objects.set(0x5fc107, cardCapabilityContainer(random));
  }
  return objects;
}
