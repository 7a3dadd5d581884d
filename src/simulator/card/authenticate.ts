import { type Bytes, EMPTY, equalConstantTime, wipe } from '../../codec/bytes.ts';
import { findTlv, type Tlv, writeTlv } from '../../codec/tlv.ts';
import { aesEcbEncrypt } from '../../crypto/aes.ts';
import { des3Encrypt } from '../../crypto/des3.ts';
import { ALG, cipherLengths } from './algorithms.ts';
import { type CommandApdu, refuse, SW } from './apdu.ts';
import type { CardContext, CommandHandler } from './context.ts';
import { agree, type CardKey, signOrDecipher } from './keys.ts';
import { commandTlvs } from './objects.ts';
import { pinGiven } from './pins.ts';

/*
 * GENERAL AUTHENTICATE (SP 800-73-4 part 2, 3.2.4). Fields of template 7C: 80 witness, 81 challenge, 82 response, 85 exponentiation; an
 * empty field asks for that value. Their order is free.
 */

const WITNESS = 0x80;
const CHALLENGE = 0x81;
const RESPONSE = 0x82;
const EXPONENTIATION = 0x85;

const answer = (tag: number, value: Uint8Array): Bytes => writeTlv(0x7c, writeTlv(tag, value));

function templateFields(data: Uint8Array): Tlv[] {
  const [template, ...more] = commandTlvs(data);
  if (template?.tag !== 0x7c || more.length !== 0) return refuse(SW.wrongData);
  return commandTlvs(template.value);
}

function encipher(algorithm: number, key: Uint8Array, block: Uint8Array): Bytes {
  return algorithm === ALG.tripleDes || algorithm === ALG.tripleDesOld ? des3Encrypt(key, block) : aesEcbEncrypt(key, block);
}

/** 00 and 03 name the same cipher (SP 800-78-4, table 6-2). */
const cipherId = (algorithm: number): number => (algorithm === ALG.tripleDesOld ? ALG.tripleDes : algorithm);

/** Authentication with the card administration key. */
function administration(card: CardContext, { p1 }: CommandApdu, fields: readonly Tlv[]): Bytes {
  const { algorithm, key } = card.memory.management;
  if (cipherId(p1) !== algorithm) refuse(SW.wrongP1P2);
  const blockBytes = cipherLengths(algorithm)?.blockBytes ?? 16;
  const [witness, challenge, reply] = [findTlv(fields, WITNESS), findTlv(fields, CHALLENGE), findTlv(fields, RESPONSE)];
  const { pending } = card.session;
  card.session.pending = undefined;

  if (witness?.length === 0 && challenge === undefined && reply === undefined) {
    const expected = card.random(blockBytes);
    card.session.pending = { kind: 'mutual', expected };
    return answer(WITNESS, encipher(algorithm, key, expected));
  }
  if (challenge?.length === 0 && witness === undefined && reply === undefined) {
    const plain = card.random(blockBytes);
    card.session.pending = { kind: 'external', expected: encipher(algorithm, key, plain) };
    return answer(CHALLENGE, plain);
  }
  const mutual = witness !== undefined && witness.length > 0 && challenge !== undefined && (reply === undefined || reply.length === 0);
  const external = reply !== undefined && reply.length > 0 && witness === undefined && challenge === undefined;
  if (!mutual && !external) return refuse(SW.wrongData);
  if (mutual && challenge.length !== blockBytes) refuse(SW.wrongData);

  card.session.adminAuthenticated = false;
  const offered = mutual ? witness : (reply ?? EMPTY);
  const proven = pending?.kind === (mutual ? 'mutual' : 'external') && equalConstantTime(pending.expected, offered);
  wipe(pending?.expected);
  if (!proven) refuse(SW.securityStatus);
  card.session.adminAuthenticated = true;
  return mutual ? answer(RESPONSE, encipher(algorithm, key, challenge)) : EMPTY;
}

/** Internal authentication with a symmetric card authentication key. */
function symmetricInternal(card: CardContext, { p1 }: CommandApdu, fields: readonly Tlv[]): Bytes {
  const symmetric = card.memory.symmetricCardKey ?? refuse(SW.referenceNotFound);
  const challenge = findTlv(fields, CHALLENGE);
  if (cipherId(p1) !== cipherId(symmetric.algorithm)) refuse(SW.wrongP1P2);
  if (findTlv(fields, RESPONSE)?.length !== 0 || challenge?.length !== cipherLengths(symmetric.algorithm)?.blockBytes) return refuse(SW.wrongData);
  return answer(RESPONSE, encipher(symmetric.algorithm, symmetric.key, challenge ?? EMPTY));
}

/** PIN policy of a key, checked before its use: 1 never, 2 once, 3 always; 4 and 5 are 2 and 3 by PIN or finger. */
function requirePin(card: CardContext, { pinPolicy }: CardKey): void {
  if (pinPolicy === 1) return;
  const { session } = card;
  const each = pinPolicy === 3 || pinPolicy === 5;
  const byPin = pinGiven(card) && (!each || session.pinFresh);
  const byFinger = pinPolicy >= 4 && session.fingerVerified && (!each || session.fingerFresh);
  if (!byPin && !byFinger) refuse(SW.securityStatus);
}

/** Touch policy 3 remembers a touch for 15 seconds. */
const TOUCH_CACHE_MS = 15_000;

async function requireTouch(card: CardContext, touchPolicy: number): Promise<void> {
  if (touchPolicy !== 2 && touchPolicy !== 3) return;
  const { touchedAtMs } = card.session;
  if (touchPolicy === 3 && touchedAtMs !== undefined && card.clock.nowMs() - touchedAtMs < TOUCH_CACHE_MS) return;
  if (card.touchWaitMs > 0) await card.clock.sleep(card.touchWaitMs);
  card.session.touchedAtMs = card.clock.nowMs();
}

/** Turns one bit near the end, inside the last number of a signature. */
function damaged(signature: Bytes): Bytes {
  signature[signature.length - 2] = (signature[signature.length - 2] ?? 0) ^ 0x01;
  return signature;
}

async function privateKeyUse(card: CardContext, { p1, p2 }: CommandApdu, fields: readonly Tlv[]): Promise<Bytes> {
  const key = card.memory.keys.get(p2) ?? refuse(SW.referenceNotFound);
  if (key.material.algorithm !== p1) refuse(SW.wrongP1P2);
  const [reply, challenge, point] = [findTlv(fields, RESPONSE), findTlv(fields, CHALLENGE), findTlv(fields, EXPONENTIATION)];
  if (reply?.length !== 0 || (challenge === undefined) === (point === undefined) || fields.length !== 2) refuse(SW.wrongData);
  const agreementSlot = p2 === 0x9d || (p2 >= 0x82 && p2 <= 0x95);
  if (point !== undefined && card.profile.strictKeyUse && !agreementSlot) refuse(SW.wrongData);
  requirePin(card, key);
  card.session.pinFresh = card.session.fingerFresh = false;
  await requireTouch(card, key.touchPolicy);
  if (point !== undefined) return answer(RESPONSE, agree(key.material, point));
  const { random, engine } = card;
  const signature = await signOrDecipher(key.material, challenge ?? EMPTY, { strictLength: card.profile.strictKeyUse, random, engine });
  return answer(RESPONSE, card.defects.has('bad-signature') ? damaged(signature) : signature);
}

/** 00|10 87 algorithm key Lc 7C… */
export const generalAuthenticate: CommandHandler = async (card, command) => {
  const fields = templateFields(command.data);
  if (command.p2 === 0x9b) {
    const out = administration(card, command, fields);
    // The touch belongs to the step that proves the key, the one that brings a value other than the host's own challenge.
    if (fields.some((field) => field.tag !== CHALLENGE && field.value.length > 0)) await requireTouch(card, card.memory.management.touchPolicy);
    return out;
  }
  if (command.p2 === 0x9e && cipherLengths(command.p1) !== undefined) return symmetricInternal(card, command, fields);
  return privateKeyUse(card, command, fields);
};
