import { type Bytes, bytes, concat, EMPTY, equalConstantTime } from '../../codec/bytes.ts';
import { findTlv, readTlvs } from '../../codec/tlv.ts';
import { refuse, SW } from './apdu.ts';
import type { CardContext, CommandHandler } from './context.ts';
import { FINGERPRINT_READER, verifyFingerprint } from './fingerprint.ts';
import { FINGERPRINT_TRIES, type ReferenceData } from './memory.ts';

/*
 * VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER (SP 800-73-4 part 2, 3.2.1 to 3.2.3). The counter goes down before the comparison,
 * so that cutting the power cannot win a try.
 */

const ascii = (text: string): Bytes => new TextEncoder().encode(text);

export const DEFAULT_PIN: Bytes = concat(ascii('123456'), bytes([0xff, 0xff]));
export const DEFAULT_PUK: Bytes = ascii('12345678');

export function factoryReference(value: Bytes, total: number): ReferenceData {
  return { value, left: total, total };
}

/** 63CX has four bits for the counter (ISO/IEC 7816-4, table 6). */
function triesLeft(data: ReferenceData): number {
  return 0x63c0 | Math.min(data.left, 15);
}

/** Reference of the Global PIN, where the card has one (SP 800-73-4 part 2, table 4). */
const GLOBAL_PIN = 0x00;

function referenceOf(card: CardContext, p2: number): ReferenceData {
  if (p2 === 0x80) return card.memory.pin;
  if (p2 === GLOBAL_PIN && card.memory.globalPin !== undefined) return card.memory.globalPin;
  if (p2 === 0x81) return card.memory.puk;
  return refuse(SW.referenceNotFound);
}

/** The octets before the FF padding. */
function unpadded(value: Uint8Array): Uint8Array {
  let end = value.length;
  while (end > 0 && value[end - 1] === 0xff) end--;
  return value.subarray(0, end);
}

/** Whether a value may be a PIN or PUK of this card. */
function wellFormed(card: CardContext, kind: 'pin' | 'puk', value: Uint8Array): boolean {
  const content = unpadded(value);
  if (value.length !== 8) return false;
  switch (card.profile.pinRule) {
    case 'digits':
      return kind === 'puk' || (content.length >= 6 && content.every((octet) => octet >= 0x30 && octet <= 0x39));
    case 'any':
      return content.length >= 6;
    case 'utf8': {
      const text = new TextDecoder('utf-8').decode(content);
      if (kind === 'puk' && content.some((octet) => octet > 0x7f)) return false;
      return !text.includes('\ufffd') && [...text].length >= 6;
    }
  }
}

/** One try: counts, compares, and either resets the counter or refuses with the tries left. */
function tryOnce(card: CardContext, data: ReferenceData, value: Uint8Array): void {
  if (data.left === 0) refuse(SW.blocked);
  if (!card.defects.has('uncounted-pin')) data.left -= 1;
  const matches = equalConstantTime(data.value, value);
  if (matches) data.left = data.total;
  card.commit();
  if (!matches) refuse(triesLeft(data));
}

/** Bit of the PIN usage policy: the Global PIN satisfies the access rules of PIV too (SP 800-73-5 part 1, 3.3.2). */
const GLOBAL_PIN_SERVES = 0x20;

/** Whether the access rule PIN is satisfied: by the application's own PIN, or by the Global PIN where the discovery object says so. */
export function pinGiven({ memory, session }: CardContext): boolean {
  if (session.pinVerified || !session.globalPinVerified) return session.pinVerified;
  const [policy = 0] = findTlv(readTlvs(memory.objects.get(0x7e) ?? EMPTY), 0x5f2f) ?? EMPTY;
  return (policy & GLOBAL_PIN_SERVES) !== 0;
}

/** Each of the two PINs has a status of its own. */
function setVerified({ session }: CardContext, p2: number, verified: boolean): void {
  if (p2 === GLOBAL_PIN) session.globalPinVerified = verified;
  else session.pinVerified = verified;
}

function forgetPin(card: CardContext, p2: number): void {
  setVerified(card, p2, false);
  card.session.pinFresh = false;
  card.session.fingerVerified = false;
  card.session.fingerFresh = false;
}

/** 00 20 P1 P2 [08 PIN]. */
export const verify: CommandHandler = (card, command) => {
  const { p1, p2, data } = command;
  if (p2 === FINGERPRINT_READER) return verifyFingerprint(card, command);
  if (p2 === 0x81) refuse(SW.referenceNotFound);
  const pin = referenceOf(card, p2);
  if (p1 === 0xff) {
    if (data.length !== 0) refuse(SW.wrongData);
    forgetPin(card, p2);
    return EMPTY;
  }
  if (p1 !== 0x00) refuse(SW.wrongP1P2);
  if (data.length === 0) {
    if (card.defects.has('counting-empty-verify') && pin.left > 0) {
      pin.left -= 1;
      card.commit();
    }
    if (p2 === GLOBAL_PIN ? card.session.globalPinVerified : card.session.pinVerified) return EMPTY;
    refuse(pin.left === 0 ? SW.blocked : triesLeft(pin));
  }
  if (data.length !== 8 || (card.profile.pinRule === 'digits' && !wellFormed(card, 'pin', data))) refuse(SW.wrongData);
  forgetPin(card, p2);
  const { temporaryPin } = card.session;
  // A wrong PIN takes the temporary one away; the right one gives the fingerprint reader its tries back.
  card.session.temporaryPin = undefined;
  tryOnce(card, pin, data);
  card.session.temporaryPin = temporaryPin;
  card.memory.fingerTries = FINGERPRINT_TRIES;
  setVerified(card, p2, true);
  card.session.pinFresh = true;
  return EMPTY;
};

/** 00 24 00 80|81 10 old new. */
export const changeReferenceData: CommandHandler = (card, { p1, p2, data }) => {
  if (p1 !== 0x00) refuse(SW.wrongP1P2);
  const reference = referenceOf(card, p2);
  if (data.length !== 16) refuse(SW.wrongData);
  if (p2 !== 0x81) forgetPin(card, p2);
  tryOnce(card, reference, data.subarray(0, 8));
  const next = data.slice(8);
  if (!wellFormed(card, p2 === 0x81 ? 'puk' : 'pin', next)) refuse(SW.wrongData);
  reference.value = next;
  card.commit();
  if (p2 !== 0x81 && card.profile.changeVerifies) setVerified(card, p2, true);
  return EMPTY;
};

/** 00 2C 00 80 10 PUK newPIN. The PIN does not become verified. */
export const resetRetryCounter: CommandHandler = (card, { p1, p2, data }) => {
  if (p1 !== 0x00) refuse(SW.wrongP1P2);
  if (p2 !== 0x80) refuse(SW.referenceNotFound);
  if (data.length !== 16) refuse(SW.wrongData);
  tryOnce(card, card.memory.puk, data.subarray(0, 8));
  const next = data.slice(8);
  if (!wellFormed(card, 'pin', next)) refuse(SW.wrongData);
  const { pin } = card.memory;
  pin.value = next;
  pin.left = pin.total;
  card.commit();
  return EMPTY;
};
