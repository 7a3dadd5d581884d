import { type Bytes, wipe } from '../codec/bytes.ts';
import type { RandomSource } from '../codec/random.ts';
import { CardError, lenient } from './errors.ts';
import { askMetadata, getMetadata } from './metadata.ts';
import { retriesOf } from './pin.ts';
import type { PivSession } from './session.ts';
import { KEY_REFERENCE } from './slots.ts';

/* Yubico's commands that concern the whole application: numbers of tries, reset. */

/** Fingerprint reader (Yubico Bio). */
export const FINGERPRINT = 0x96;

/**
 * SET PIN RETRIES (INS FA). Key 9B has to be authenticated and the PIN verified. **PIN and PUK go back to their factory values.**
 * @throws CardError `bad-parameter`, `unsupported` before anything is sent; `not-authenticated`
 */
export async function setRetries(piv: PivSession, pinTries: number, pukTries: number): Promise<void> {
  piv.require('set-retries');
  const valid = (tries: number): boolean => Number.isInteger(tries) && tries >= 1 && tries <= 255;
  if (!valid(pinTries) || !valid(pukTries)) throw new CardError('bad-parameter', 'a PIN has 1 to 255 tries');
  if (!piv.managementAuthenticated || !piv.pinVerified) throw new CardError('not-authenticated', 'this takes the management key and the PIN');
  piv.pinVerified = piv.pinFresh = false;
  await piv.command(0xfa, pinTries, pukTries);
}

/** Tries left of PIN or PUK where the card tells without a try. */
async function triesLeft(piv: PivSession, reference: number): Promise<number | undefined> {
  const told = await lenient(() => askMetadata(piv, reference));
  if (told?.kind === 'told') return told.metadata.retriesLeft;
  if (reference !== KEY_REFERENCE.PIV_PIN || piv.profile.quirks.has('empty-verify-unreliable')) return undefined;
  const { sw } = await piv.ask(0x20, 0x00, reference);
  return retriesOf(sw, piv.profile);
}

/**
 * RESET (INS FB): the factory state; all keys, certificates and PINs are gone. The card does it only with PIN and PUK blocked; where it
 * tells their tries, it is not even asked otherwise.
 * @throws CardError `unsupported`, `refused` when PIN or PUK is not blocked
 */
export async function resetApplication(piv: PivSession): Promise<void> {
  piv.require('reset');
  for (const reference of [KEY_REFERENCE.PIV_PIN, KEY_REFERENCE.PUK]) {
    const left = await triesLeft(piv, reference);
    if (left !== undefined && left > 0) throw new CardError('refused', 'a reset wants PIN and PUK blocked');
  }
  const sw = await sendReset(piv);
  if (sw !== 0x9000) throw piv.refusal(sw, 0xfb, 0x00, 0x00);
}

async function sendReset(piv: PivSession): Promise<number> {
  piv.forgetSecurityState();
  const { sw } = await piv.send(0xfb, 0x00, 0x00);
  if (sw === 0x9000) {
    piv.managementAlgorithm = undefined;
    piv.managementUnknown = false;
  }
  return sw;
}

/** RESET is there and its precondition is not: 6985 by YubiKeys, 6982 by PivApplet. */
const NOT_BLOCKED: readonly number[] = [0x6985, 0x6982];

/**
 * Whether a blocked PIN and PUK would be of any use: asked before a try is spent, for without a reset the card is lost with them. Answers
 * true when the card needed no blocking and is reset.
 */
async function alreadyReset(piv: PivSession): Promise<boolean> {
  // As Yubico's tools refuse it: such a card wants the reset of the whole device.
  if ((await lenient(() => getMetadata(piv, FINGERPRINT)))?.fingerprintsEnrolled === true)
    throw new CardError('refused', 'fingers are enrolled: this card is reset as a whole');
  const sw = await sendReset(piv);
  if (sw !== 0x9000 && !NOT_BLOCKED.includes(sw)) throw piv.refusal(sw, 0xfb, 0x00, 0x00, 'unsupported');
  return sw === 0x9000;
}

/** Most tries that are spent on one of them: a card counts in one octet. */
const MOST_TRIES = 255;

/**
 * Blocks PIN and PUK on purpose, which a reset wants: random values are sent until the card says blocked. The one flow that spends tries; a
 * person has confirmed that everything on the card will be lost. RESET goes first: a card that does not know it, though its version promises
 * it, keeps its tries; one that was blocked before is reset by it.
 * @returns 'blocked': {@link resetApplication} is next. 'reset': it is done
 * @throws CardError `unsupported`, and `refused` where fingers are enrolled: no try was spent; `refused` when the card does not come to an end
 */
export async function blockForReset(
  piv: PivSession,
  confirmed: 'everything on this card will be lost',
  random: RandomSource,
): Promise<'blocked' | 'reset'> {
  piv.require('reset');
  if (confirmed !== 'everything on this card will be lost') throw new CardError('bad-parameter', 'nobody confirmed the loss');
  if (await alreadyReset(piv)) return 'reset';
  const spend = async (ins: number, reference: number, length: number): Promise<void> => {
    for (let i = 0; i < MOST_TRIES; i++) {
      const value: Bytes = random(length).map((octet) => 0x30 + (octet % 10));
      try {
        const { sw } = await piv.send(ins, 0x00, reference, { data: value, secret: true });
        if (sw === 0x6983 || retriesOf(sw, piv.profile) === 0) return;
      } finally {
        wipe(value);
      }
    }
    throw new CardError('refused', 'the card does not block', { cla: 0, ins, p1: 0, p2: reference });
  };
  await spend(0x20, KEY_REFERENCE.PIV_PIN, 8);
  // RESET RETRY COUNTER spends the PUK's tries.
  await spend(0x2c, KEY_REFERENCE.PIV_PIN, 16);
  return 'blocked';
}
