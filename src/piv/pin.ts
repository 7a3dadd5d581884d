import { type Bytes, EMPTY, wipe } from '../codec/bytes.ts';
import { pinReference } from './data-objects.ts';
import { CardError } from './errors.ts';
import type { Profile } from './profile.ts';
import type { PivSession } from './session.ts';
import { KEY_REFERENCE } from './slots.ts';

/** Length of a PIN or PUK on the wire; shorter ones are filled up with FF (SP 800-73-4 part 2, 2.4.3). */
const WIRE_BYTES = 8;
export const PIN_MIN_BYTES = 6;
export const PIN_MAX_BYTES = 8;

/** Code points of UTF-8 text: every octet but continuations. */
function codePoints(value: Uint8Array): number {
  return value.reduce((count, octet) => count + ((octet & 0xc0) === 0x80 ? 0 : 1), 0);
}

/** @throws CardError `bad-pin-length`, `bad-pin-format`: a value that the card can't accept is not sent, so no try is lost */
export function checkPin(profile: Profile, pin: Uint8Array): void {
  const length = profile.quirks.has('pin-counts-code-points') ? codePoints(pin) : pin.length;
  if (length < PIN_MIN_BYTES || pin.length > PIN_MAX_BYTES) throw new CardError('bad-pin-length', 'a PIN has 6 to 8 characters');
  if (pin.includes(0xff) || (profile.pinDigitsOnly && pin.some((octet) => octet < 0x30 || octet > 0x39)))
    throw new CardError('bad-pin-format', 'a PIN has digits only');
}

/** @throws CardError `bad-pin-length`, `bad-pin-format`; nothing is sent */
export function checkPuk(profile: Profile, puk: Uint8Array): void {
  if (puk.length < profile.pukMinBytes || puk.length > WIRE_BYTES) throw new CardError('bad-pin-length', 'the PUK has another length');
  const limit = profile.quirks.has('pin-counts-code-points') ? 0x7f : profile.pukMinBytes < WIRE_BYTES ? 0xfe : 0xff;
  if (puk.some((octet) => octet > limit)) throw new CardError('bad-pin-format', 'the PUK holds characters that the card does not take');
}

/** As a PIN or PUK goes on the wire; to be wiped. */
export function padded(value: Uint8Array): Bytes {
  const out = new Uint8Array(WIRE_BYTES).fill(0xff);
  out.set(value);
  return out;
}

/** Tries left by a status word; undefined when it does not tell. */
export function retriesOf(sw: number, profile: Profile): number | undefined {
  if (sw === 0x6983) return 0;
  if (sw >>> 8 !== 0x63) return undefined;
  if (profile.quirks.has('retries-63xx')) return sw & 0xff;
  return (sw & 0xf0) === 0xc0 ? sw & 0x0f : undefined;
}

/** Refusals of VERIFY, CHANGE REFERENCE DATA and RESET RETRY COUNTER. */
export function pinRefusal(piv: PivSession, sw: number, ins: number, p2: number): CardError {
  const left = retriesOf(sw, piv.profile);
  if (sw === 0x6983 || (left === 0 && sw !== 0x6300)) return piv.refusal(sw, ins, 0x00, p2, 'pin-blocked', 0);
  if (sw >>> 8 === 0x63) return piv.refusal(sw, ins, 0x00, p2, 'wrong-pin', left);
  if (sw === 0x6a80 || sw === 0x6700) return piv.refusal(sw, ins, 0x00, p2, 'bad-pin-format');
  return piv.refusal(sw, ins, 0x00, p2);
}

/**
 * VERIFY (SP 800-73-4 part 2, 3.2.1), once. The caller owns and wipes `pin`.
 * @throws CardError `bad-pin-length`, `bad-pin-format` (nothing sent), `wrong-pin`, `pin-blocked`
 */
export async function verifyPin(piv: PivSession, pin: Bytes): Promise<void> {
  checkPin(piv.profile, pin);
  const reference = await pinReference(piv);
  const data = padded(pin);
  try {
    piv.pinTouched = true;
    piv.pinVerified = false;
    piv.pinFresh = false;
    const { sw } = await piv.send(0x20, 0x00, reference, { data, secret: true });
    if (sw !== 0x9000) throw pinRefusal(piv, sw, 0x20, reference);
    piv.pinVerified = true;
    piv.pinFresh = true;
  } finally {
    wipe(data);
  }
}

/** Result of the empty VERIFY: the only probe that costs no try. */
export interface PinProbe {
  readonly retriesLeft: number | undefined;
  /** Undefined when this card's answer does not tell. */
  readonly verified: boolean | undefined;
}

/** VERIFY without data. On cards with a quirk row nothing is sent and nothing is known. */
export async function probePin(piv: PivSession): Promise<PinProbe> {
  const { quirks } = piv.profile;
  if (quirks.has('empty-verify-unreliable')) return { retriesLeft: undefined, verified: undefined };
  const reference = await pinReference(piv);
  const { sw } = await piv.ask(0x20, 0x00, reference);
  const hides = quirks.has('empty-verify-hides-state');
  if (sw === 0x9000) return { retriesLeft: undefined, verified: true };
  return { retriesLeft: retriesOf(sw, piv.profile), verified: hides ? undefined : sw >>> 8 === 0x63 || sw === 0x6983 ? false : undefined };
}

/**
 * Ends whatever security state the card may hold, by what was sent and not by what was answered: VERIFY with P1 = FF (3.2.1) for a PIN, where
 * the card knows it and that is enough; SELECT of another application for key 9B, which ends everything but the Global PIN (3.1.1); else a
 * reset where the transaction can. Sends nothing when nothing was authenticated. With `keepManagement` an authenticated key 9B outlives the
 * PIN where the card allows it.
 * @throws CardError `unsupported` when the card offers no way
 */
export async function logout(piv: PivSession, keepManagement = false): Promise<void> {
  const endManagement = piv.managementTouched && !keepManagement;
  const reference = piv.pinTouched ? await pinReference(piv) : undefined;
  const global = reference === KEY_REFERENCE.GLOBAL_PIN;
  if (reference !== undefined && (global || !endManagement) && piv.verifyLogout !== false) {
    const { sw } = await piv.send(0x20, 0xff, reference, { data: EMPTY });
    piv.verifyLogout = sw === 0x9000;
    if (piv.verifyLogout) piv.pinTouched = piv.pinVerified = piv.pinFresh = false;
  }
  if (!piv.pinTouched && !endManagement) return;
  if (!(global && piv.pinTouched) && (await piv.selectAnother())) return;
  const { transaction } = piv;
  if (transaction.reset === undefined) throw new CardError('unsupported', 'this card has no way to end its security state but removal');
  await transaction.reset('warm');
  piv.markCleared();
}
