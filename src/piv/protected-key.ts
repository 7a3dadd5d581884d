import { type Bytes, copy, EMPTY, wipe } from '../codec/bytes.ts';
import { type RandomSource, systemRandom } from '../codec/random.ts';
import { type AdminData, buildAdminData, buildKeysInside, keysInside, parseAdminData } from './admin-data.ts';
import { getData, putAndCompare, putData } from './data-objects.ts';
import { CardError } from './errors.ts';
import { authenticateManagement, managementAlgorithmOf, type ManagementKeyHolder, setManagementKey, typedManagementKey } from './management.ts';
import { TAG } from './objects.ts';
import type { PivSession } from './session.ts';

/*
 * A management key that nobody types, in Yubico's two ways: kept in the Printed Information object behind the PIN as 88 {89 key}, or made
 * from the PIN and a salt. The admin data tell which. While one kept key follows another both stand there, 88 {89 old, 8A new}: Yubico's
 * tools look for 89 and pass over what they do not know.
 */

/** Admin data of the card (Yubico); undefined when it has none. @throws CardError `bad-answer` */
export async function readAdminData(piv: PivSession): Promise<AdminData | undefined> {
  const content = await getData(piv, TAG.ADMIN_DATA);
  return content === undefined ? undefined : piv.parse(0xcb, () => parseAdminData(content));
}

/** Whether the card says that it keeps its own management key behind the PIN. A plain card has no such object and is not asked. */
export async function hasProtectedManagementKey(piv: PivSession): Promise<boolean> {
  if (!piv.profile.features.has('set-management-key')) return false;
  return (await readAdminData(piv))?.keyStored ?? false;
}

/** The keys in the Printed Information object, to be wiped; undefined when it holds something else. The PIN has to be verified. */
async function keysInPrinted(piv: PivSession): Promise<Bytes[] | undefined> {
  const content = await getData(piv, TAG.PRINTED);
  if (content === undefined) return [];
  try {
    return keysInside(content);
  } finally {
    wipe(content);
  }
}

/** Writes the Printed Information object with these keys and nothing else. */
async function keepInPrinted(piv: PivSession, keys: readonly Bytes[]): Promise<void> {
  const content = buildKeysInside(keys);
  try {
    await putAndCompare(piv, TAG.PRINTED, content);
  } finally {
    wipe(content);
  }
}

/** Makes the admin data say that the key is kept; what else they say stays. */
async function sayKept(piv: PivSession, admin: AdminData | undefined): Promise<void> {
  if (admin?.keyStored === true && admin.salt === undefined) return;
  const { pukBlocked = false, pinChangedS = undefined } = admin ?? {};
  await putAndCompare(piv, TAG.ADMIN_DATA, buildAdminData({ pukBlocked, keyStored: true, salt: undefined, pinChangedS }));
}

/**
 * Holder of the management key that the card keeps behind the PIN. Undefined when the card keeps none. The PIN has to be verified.
 * @throws CardError `not-authenticated`
 */
export async function protectedManagementKey(piv: PivSession): Promise<Required<ManagementKeyHolder> | undefined> {
  if (!(await hasProtectedManagementKey(piv))) return undefined;
  const [key, ...others] = (await keysInPrinted(piv)) ?? [];
  wipe(...others);
  return key === undefined ? undefined : typedManagementKey(key);
}

/** How such keys are made: PBKDF2 with HMAC-SHA-1, 10 000 rounds, 24 octets, as Yubico's tools do. */
const DERIVED = { rounds: 10_000, keyBytes: 24 } as const;

async function derivedKey(pin: Bytes, salt: Bytes): Promise<Bytes> {
  const base = await crypto.subtle.importKey('raw', pin, 'PBKDF2', false, ['deriveBits']);
  const algorithm = { name: 'PBKDF2', hash: 'SHA-1', salt, iterations: DERIVED.rounds };
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, base, DERIVED.keyBytes * 8));
}

/** Holder of a management key that is made from the PIN and the salt in the admin data. The caller owns and wipes `pin`. */
export async function derivedManagementKey(pin: Bytes, salt: Bytes): Promise<Required<ManagementKeyHolder>> {
  return typedManagementKey(await derivedKey(pin, salt));
}

/**
 * After the PIN was changed: a management key that is made from it follows, with the same salt, so that one command does it and no cut loses
 * a key: until then the earlier PIN makes it. Nothing happens where the admin data name no salt, or another key is in force.
 */
export async function followPin(piv: PivSession, former: Bytes, present: Bytes): Promise<void> {
  const salt = (
    await readAdminData(piv).catch((error: unknown) => {
      // The PIN has been changed: a card that tells nothing here must not make it look as if it had not.
      if (error instanceof CardError) return undefined;
      throw error;
    })
  )?.salt;
  if (salt === undefined) return;
  const [before, after] = [await derivedKey(former, salt), await derivedKey(present, salt)];
  try {
    if (await opens(piv, before)) await setManagementKey(piv, (await managementAlgorithmOf(piv)).name, after);
  } finally {
    wipe(before, after);
  }
}

/**
 * Gives the card a new random management key and keeps it behind the PIN. Key 9B has to be authenticated and the PIN verified. In an order
 * that loses no key when power goes: first the new key is put beside those that the PIN opens already, then the card takes it, then it stands
 * there alone, then the admin data say so. Between the first step and the last {@link recoverProtectedKey} finds out which one is in force.
 * Where the card surely did not take it, what stood behind the PIN is put back.
 * @throws CardError `unsupported`, `not-authenticated`, `write-mismatch`, `bad-parameter` when the object holds what is printed on the card
 */
export async function protectManagementKey(piv: PivSession, random: RandomSource = systemRandom): Promise<void> {
  piv.require('set-management-key');
  if (!piv.pinVerified || !piv.managementAuthenticated) throw new CardError('not-authenticated', 'this takes the management key and the PIN');
  const row = await managementAlgorithmOf(piv);
  const kept = await keysInPrinted(piv);
  if (kept === undefined) throw new CardError('bad-parameter', 'the Printed Information object is in use for what is printed on the card');
  const key = random(row.keyBytes);
  try {
    const admin = await readAdminData(piv);
    await keepInPrinted(piv, [...kept, key]);
    try {
      await setManagementKey(piv, row.name, key);
    } catch (error) {
      if (error instanceof CardError && leftUnchanged(error)) await putBack(piv, kept, admin);
      throw error;
    }
    if (kept.length > 0) await keepInPrinted(piv, [key]);
    await sayKept(piv, admin);
  } finally {
    wipe(key, ...kept);
  }
}

/**
 * Whether a command was never sent, or refused with nothing changed in the card: SW1 64 and 67 to 6E (ISO/IEC 7816-4, table 5). 65 speaks of
 * a change, 66 and 6F of neither.
 */
function leftUnchanged({ reason, sw }: CardError): boolean {
  if (sw === undefined) return reason === 'unsupported' || reason === 'bad-parameter';
  return sw >>> 8 === 0x64 || (sw >>> 8 >= 0x67 && sw >>> 8 <= 0x6e);
}

/** What was in Printed Information. That it can not be written does not hide why the key was not taken. */
async function putBack(piv: PivSession, kept: readonly Bytes[], admin: AdminData | undefined): Promise<void> {
  // Admin data that claim a key keep the object from being emptied.
  const written = kept.length > 0 || admin?.keyStored === true ? keepInPrinted(piv, kept) : putData(piv, TAG.PRINTED, EMPTY);
  await written.catch((error: unknown) => {
    if (!(error instanceof CardError)) throw error;
  });
}

/**
 * After the management key was set to one that somebody else keeps: the admin data no longer say that it stands behind the PIN or is made from
 * it, and where the PIN is verified an earlier one is taken from there.
 */
export async function keptElsewhere(piv: PivSession): Promise<void> {
  const admin = await readAdminData(piv);
  if (admin === undefined || (!admin.keyStored && admin.salt === undefined)) return;
  await putAndCompare(piv, TAG.ADMIN_DATA, buildAdminData({ ...admin, keyStored: false, salt: undefined }));
  const keys = piv.pinVerified ? await keysInPrinted(piv) : undefined;
  if (keys !== undefined && keys.length > 0) await putData(piv, TAG.PRINTED, EMPTY);
  wipe(...(keys ?? []));
}

/** Whether this is the card's management key. What was authenticated before does not count, and has ended when it is not. */
async function opens(piv: PivSession, key: Bytes): Promise<boolean> {
  const holder = typedManagementKey(copy(key));
  piv.managementAuthenticated = false;
  try {
    await authenticateManagement(piv, holder);
    return true;
  } catch (error) {
    if (error instanceof CardError && error.reason === 'wrong-management-key') return false;
    throw error;
  } finally {
    holder.close();
  }
}

/**
 * Authenticates with a key that stands behind the PIN, whatever the admin data say, and then finishes what {@link protectManagementKey} may
 * have left undone. Answers false when the card has no such key: then an earlier one still holds, and nothing was changed. The PIN has to be
 * verified.
 */
export async function recoverProtectedKey(piv: PivSession): Promise<boolean> {
  if (!piv.profile.features.has('set-management-key')) return false;
  const keys = (await keysInPrinted(piv)) ?? [];
  try {
    for (const key of keys) {
      if (!(await opens(piv, key))) continue;
      if (keys.length > 1) await keepInPrinted(piv, [key]);
      await sayKept(piv, await readAdminData(piv));
      return true;
    }
    return false;
  } finally {
    wipe(...keys);
  }
}

/**
 * Makes true what is said of the management key, where that contradicts itself (finding P07): claims go of a key behind the PIN, or of one made
 * from the PIN, that is not in force, and so does such a key. A salt is judged where the `pin` is given, else it stays: whoever knows the PIN
 * may need it. The PIN has to be verified; `holder` has the key in force, if none of these is it. Nothing is written before one has proven it.
 * @throws CardError `not-authenticated`, `wrong-management-key`
 */
export async function repairManagementKeyData(piv: PivSession, holder: ManagementKeyHolder, pin?: Bytes): Promise<void> {
  piv.require('set-management-key');
  if (!piv.pinVerified) throw new CardError('not-authenticated', 'this takes the PIN');
  if (await recoverProtectedKey(piv)) return;
  const admin = await readAdminData(piv);
  const derived = pin === undefined || admin?.salt === undefined ? undefined : await derivedKey(pin, admin.salt);
  try {
    const made = derived === undefined ? undefined : await opens(piv, derived);
    if (made !== true) await authenticateManagement(piv, holder);
    const salt = made === false ? undefined : admin?.salt;
    if (admin !== undefined && (admin.keyStored || salt !== admin.salt))
      await putAndCompare(piv, TAG.ADMIN_DATA, buildAdminData({ ...admin, keyStored: false, salt }));
    const keys = (await keysInPrinted(piv)) ?? [];
    wipe(...keys);
    if (keys.length > 0) await putAndCompare(piv, TAG.PRINTED, EMPTY);
  } finally {
    wipe(derived);
  }
}
