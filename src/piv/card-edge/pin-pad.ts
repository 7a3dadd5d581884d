import type { Bytes } from '../../codec/bytes.ts';
import { encodeCommand, parseResponse } from '../../iso7816/index.ts';
import type { EdgePinPad, EdgePinPadResult, PinEntryOptions } from '../../minidriver/card-edge.ts';
import { CardEdgeError } from '../../minidriver/edge-error.ts';
import { pinReference } from '../data-objects.ts';
import { CardError, lenient } from '../errors.ts';
import { PIN_MAX_BYTES, PIN_MIN_BYTES, pinRefusal, probePin } from '../pin.ts';
import { readAdminData } from '../protected-key.ts';
import type { PivSession } from '../session.ts';

/* PIN entry on the reader: VERIFY and CHANGE REFERENCE DATA as templates, the PIN put in by the reader. */

const LIMITS = { minLength: PIN_MIN_BYTES, maxLength: PIN_MAX_BYTES };

/** The command with its padding where each PIN goes (SP 800-73-4 part 2, 2.4.3). */
function template(ins: number, reference: number, pins: number): Bytes {
  return encodeCommand({ cla: 0, ins, p1: 0, p2: reference, data: new Uint8Array(pins * PIN_MAX_BYTES).fill(0xff), ne: 0 }, 'short');
}

/** What readers answer in the card's place for a PIN outside of the limits (PC/SC part 10, 2.5.2): no command went to the card. */
const BAD_LENGTH = 0x6403;

/** The status word of the card. @throws CardEdgeError `entry-cancelled`, `entry-timeout`, `entry-mismatch`, `bad-pin-length`; CardError `bad-answer` */
function statusOf(result: EdgePinPadResult, ins: number): number {
  if (result.kind === 'cancelled') throw new CardEdgeError('entry-cancelled', 'PIN entry was cancelled on the reader');
  if (result.kind === 'timeout') throw new CardEdgeError('entry-timeout', 'nobody entered the PIN in time');
  if (result.kind === 'mismatch') throw new CardEdgeError('entry-mismatch', 'the new PIN was entered in two ways');
  if (result.response.length < 2) throw new CardError('bad-answer', 'the reader gave no status word', { cla: 0, ins });
  const { sw } = parseResponse(result.response);
  if (sw === BAD_LENGTH) throw new CardEdgeError('bad-pin-length', 'the PIN was entered too short or too long');
  return sw;
}

/** PIV is selected and its PIN reference known before the reader speaks to the card past us. */
async function ready(piv: PivSession): Promise<number> {
  const reference = await pinReference(piv);
  await piv.select();
  piv.pinTouched = true;
  piv.forgetTries();
  return reference;
}

/** VERIFY with the PIN from the reader. @throws CardError as pin.ts' verifyPin; CardEdgeError, see {@link statusOf} */
export async function enterPin(piv: PivSession, pinPad: EdgePinPad, options: PinEntryOptions): Promise<void> {
  const reference = await ready(piv);
  piv.pinVerified = piv.pinFresh = false;
  const sw = statusOf(await pinPad.verify(template(0x20, reference, 1), LIMITS, options), 0x20);
  if (sw !== 0x9000) throw pinRefusal(piv, sw, 0x20, reference);
  piv.pinVerified = piv.pinFresh = true;
}

/**
 * CHANGE REFERENCE DATA with both PINs from the reader. A PIN that was verified counts so afterwards where the card says that it is. Refused
 * where the management key is made from the PIN: it could not follow one that only the reader knows.
 */
export async function enterNewPin(piv: PivSession, pinPad: EdgePinPad, options: PinEntryOptions): Promise<void> {
  if (!pinPad.canModify) throw new CardEdgeError('unsupported', 'the reader can not take a new PIN');
  if (piv.profile.features.has('set-management-key') && (await readAdminData(piv))?.salt !== undefined)
    throw new CardEdgeError('unsupported', 'the management key of this card is made from the PIN, which has to be typed here');
  const reference = await ready(piv);
  const sw = statusOf(await pinPad.modify(template(0x24, reference, 2), LIMITS, options), 0x24);
  const { pinVerified } = piv;
  piv.pinVerified = piv.pinFresh = false;
  if (sw !== 0x9000) throw pinRefusal(piv, sw, 0x24, reference);
  // Nobody can verify the new one but by entering it again.
  piv.pinVerified = pinVerified && (await lenient(() => probePin(piv)))?.verified === true;
}
