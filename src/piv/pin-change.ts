import { type Bytes, concat, wipe } from '../codec/bytes.ts';
import { pinReference } from './data-objects.ts';
import { CardError, lenient } from './errors.ts';
import { checkPin, checkPuk, padded, pinRefusal } from './pin.ts';
import { readAdminData } from './protected-key.ts';
import type { PivSession } from './session.ts';
import { KEY_REFERENCE } from './slots.ts';

/* New values for PIN and PUK (SP 800-73-4 part 2, 3.2.2 and 3.2.3). */

/**
 * CHANGE REFERENCE DATA (3.2.2) of the PIN. It does not count as verified afterwards: plain cards leave it so, YubiKeys do not, and only a
 * VERIFY of the new one makes sure. @throws CardError as {@link verifyPin}
 */
export async function changePin(piv: PivSession, current: Bytes, next: Bytes): Promise<void> {
  checkPin(piv.profile, current);
  checkPin(piv.profile, next);
  await change(piv, await pinReference(piv), current, next);
}

/** CHANGE REFERENCE DATA of the PUK. @throws CardError as {@link verifyPin} */
export async function changePuk(piv: PivSession, current: Bytes, next: Bytes): Promise<void> {
  checkPuk(piv.profile, current);
  checkPuk(piv.profile, next);
  await change(piv, KEY_REFERENCE.PUK, current, next);
}

async function change(piv: PivSession, reference: number, current: Bytes, next: Bytes): Promise<void> {
  const [first, second] = [padded(current), padded(next)];
  const data = concat(first, second);
  try {
    piv.pinTouched = true;
    if (reference !== KEY_REFERENCE.PUK) piv.pinVerified = piv.pinFresh = false;
    const { sw } = await piv.send(0x24, 0x00, reference, { data, secret: true });
    if (sw !== 0x9000) throw pinRefusal(piv, sw, 0x24, reference);
  } finally {
    wipe(first, second, data);
  }
}

/** What a help desk has to know after {@link unblockPin}. */
export interface UnblockedPin {
  /**
   * Key 9B is made from the PIN by the admin data: from the one of before, which did not follow. Whoever knows that one still opens the card
   * with `derivedManagementKey` and should set a new key by it; with the new PIN nobody does.
   */
  readonly managementKeyOfFormerPin: boolean;
}

/**
 * RESET RETRY COUNTER (3.2.3): a new PIN by the PUK; the PIN does not become verified. It is for the PIN of the PIV application alone: where the
 * card asks for the Global PIN, the PUK would be spent on a PIN that nobody is asked for. A management key that is made from the PIN can not
 * follow, since the former PIN is not known here: the result tells.
 * @throws CardError `unsupported` on a card with a primary Global PIN (the PUK is not sent); as {@link verifyPin}, tries are the PUK's
 */
export async function unblockPin(piv: PivSession, puk: Bytes, next: Bytes): Promise<UnblockedPin> {
  checkPuk(piv.profile, puk);
  checkPin(piv.profile, next);
  if ((await pinReference(piv)) !== KEY_REFERENCE.PIV_PIN)
    throw new CardError('unsupported', 'the PUK unblocks the PIV PIN only, and this card asks for the Global PIN');
  // Asked before: what is not told must not make it look as if the PIN had not been set.
  const vendor = piv.profile.features.has('set-management-key');
  const admin = vendor ? await lenient(() => readAdminData(piv)) : undefined;
  const [first, second] = [padded(puk), padded(next)];
  const data = concat(first, second);
  try {
    piv.pinVerified = piv.pinFresh = false;
    const { sw } = await piv.send(0x2c, 0x00, KEY_REFERENCE.PIV_PIN, { data, secret: true });
    if (sw !== 0x9000) throw pinRefusal(piv, sw, 0x2c, KEY_REFERENCE.PIV_PIN);
    return { managementKeyOfFormerPin: admin?.salt !== undefined };
  } finally {
    wipe(first, second, data);
  }
}
