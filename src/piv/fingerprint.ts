import { type Bytes, bytes, concat, copy, wipe } from '../codec/bytes.ts';
import { CardError } from './errors.ts';
import { FINGERPRINT } from './card-life.ts';
import { pinRefusal } from './pin.ts';
import type { PivSession } from './session.ts';

/*
 * Verification by the card's own fingerprint reader (YubiKey Bio; Yubico's PIV documentation, "Verify UV"): VERIFY of reference 96. A finger
 * serves for keys whose policy says so and opens what the PIN guards; whether fingers are enrolled and how many tries are left is told by
 * the metadata of the same reference.
 */

/** Octets of the PIN that a card makes up after a match, so that a later step needs no finger. */
const TEMPORARY_PIN_BYTES = 16;

const MATCH = bytes([0x03, 0x00]);
const MATCH_FOR_TEMPORARY_PIN = bytes([0x02, 0x00]);

async function verify(piv: PivSession, data: Bytes, answer: boolean, onWaiting: (() => void) | undefined): Promise<Bytes> {
  piv.pinTouched = true;
  // What was proven before ends with any VERIFY of this reference that fails, and the card does not say more than that.
  piv.pinVerified = piv.pinFresh = false;
  const { data: body, sw } = await piv.send(0x20, 0x00, FINGERPRINT, { data, answer, secret: true, onWaiting });
  // A card without reader, or without an enrolled finger, has no such reference.
  if (sw === 0x6a88) throw piv.refusal(sw, 0x20, 0x00, FINGERPRINT, 'unsupported');
  if (sw !== 0x9000) throw pinRefusal(piv, sw, 0x20, FINGERPRINT);
  return body;
}

/**
 * Waits for an enrolled finger. A stranger's costs one of the reader's tries.
 * @throws CardError `wrong-pin` with the tries left, `pin-blocked` (the PIN helps), `unsupported`
 */
export async function verifyFingerprint(piv: PivSession, onWaiting?: () => void): Promise<void> {
  await verify(piv, copy(MATCH), false, onWaiting);
}

/** As {@link verifyFingerprint}; answers a PIN that stands for the finger until power goes. The caller owns and wipes it. */
export async function verifyFingerprintForPin(piv: PivSession, onWaiting?: () => void): Promise<Bytes> {
  const pin = await verify(piv, copy(MATCH_FOR_TEMPORARY_PIN), true, onWaiting);
  if (pin.length === TEMPORARY_PIN_BYTES) return pin;
  wipe(pin);
  throw new CardError('bad-answer', 'a temporary PIN of another length', { cla: 0, ins: 0x20, p1: 0, p2: FINGERPRINT });
}

/** Once, instead of a finger. The caller owns and wipes `pin`. @throws CardError `bad-parameter` (nothing sent), `wrong-pin`, `unsupported` */
export async function verifyTemporaryPin(piv: PivSession, pin: Bytes): Promise<void> {
  if (pin.length !== TEMPORARY_PIN_BYTES) throw new CardError('bad-parameter', 'a temporary PIN has 16 octets');
  const data = concat(bytes([0x01, TEMPORARY_PIN_BYTES]), pin);
  try {
    await verify(piv, data, false, undefined);
  } finally {
    wipe(data);
  }
}
