import { type Bytes, concat, EMPTY, equalConstantTime } from '../../codec/bytes.ts';
import { writeTlv } from '../../codec/tlv.ts';
import { type CommandApdu, refuse, SW } from './apdu.ts';
import type { CardContext, SimulatedFingerprint } from './context.ts';
import { FINGERPRINT_TRIES } from './memory.ts';

/*
 * The fingerprint reader of a YubiKey Bio, reference 96 (Yubico's PIV documentation, "Verify UV" and "Get metadata"): VERIFY without data asks,
 * 03 00 waits for a finger, 02 00 waits and gives a temporary PIN of 16 octets, 01 10 and that PIN stand for the finger later.
 */

export const FINGERPRINT_READER = 0x96;

const TEMPORARY_PIN_BYTES = 16;

const TAG = { temporaryPin: 0x01, wantsTemporaryPin: 0x02, match: 0x03 } as const;

function verified(card: CardContext): Bytes {
  card.session.fingerVerified = true;
  card.session.fingerFresh = true;
  return EMPTY;
}

/** A finger is waited for; one that is a stranger's costs a try, and the temporary PIN. */
async function match(card: CardContext, reader: SimulatedFingerprint): Promise<Bytes> {
  const { memory, session } = card;
  session.fingerVerified = session.fingerFresh = false;
  if (!reader.enrolled) refuse(SW.referenceNotFound);
  if (memory.fingerTries === 0) refuse(SW.blocked);
  const matches = await reader.finger();
  if (!card.alive()) return refuse(SW.noPreciseDiagnosis);
  memory.fingerTries = matches ? FINGERPRINT_TRIES : memory.fingerTries - 1;
  card.commit();
  if (matches) return verified(card);
  session.temporaryPin = undefined;
  return refuse(memory.fingerTries === 0 ? SW.blocked : 0x63c0 | memory.fingerTries);
}

/** 00 20 00 96 [data]. */
export async function verifyFingerprint(card: CardContext, { p1, data }: CommandApdu): Promise<Bytes> {
  const { fingerprint: reader, memory, session } = card;
  if (reader === undefined) return refuse(SW.referenceNotFound);
  if (p1 !== 0x00) return refuse(SW.wrongP1P2);
  const [tag, length] = data;
  if (tag === undefined) {
    if (session.fingerVerified) return EMPTY;
    return refuse(memory.fingerTries === 0 ? SW.blocked : 0x63c0 | memory.fingerTries);
  }
  if (length !== data.length - 2) return refuse(SW.wrongData);
  if (tag === TAG.match && length === 0) return match(card, reader);
  if (tag === TAG.wantsTemporaryPin && length === 0) {
    await match(card, reader);
    session.temporaryPin = card.random(TEMPORARY_PIN_BYTES);
    return session.temporaryPin;
  }
  if (tag !== TAG.temporaryPin || length !== TEMPORARY_PIN_BYTES) return refuse(SW.wrongData);
  const held = session.temporaryPin;
  if (held !== undefined && equalConstantTime(held, data.slice(2))) return verified(card);
  session.temporaryPin = undefined;
  session.fingerVerified = session.fingerFresh = false;
  return refuse(0x63c0 | memory.fingerTries);
}

/** GET METADATA of the reader: 07 fingers enrolled, 06 tries left, 08 a temporary PIN is held. */
export function fingerprintMetadata({ fingerprint, memory, session }: CardContext): Bytes {
  if (fingerprint === undefined) return refuse(SW.referenceNotFound);
  const octet = (tag: number, value: number): Bytes => writeTlv(tag, Uint8Array.of(value));
  return concat(octet(0x07, Number(fingerprint.enrolled)), octet(0x06, memory.fingerTries), octet(0x08, Number(session.temporaryPin !== undefined)));
}
