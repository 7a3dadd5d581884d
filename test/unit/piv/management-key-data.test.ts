import { pbkdf2Sync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Bytes, bytes, copy } from '../../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../../src/codec/hex.ts';
import { systemRandom } from '../../../src/codec/random.ts';
import { buildAdminData } from '../../../src/piv/admin-data.ts';
import { openPivEdgeWith } from '../../../src/piv/card-edge.ts';
import { getData, putData } from '../../../src/piv/data-objects.ts';
import { authenticateManagement, setManagementKey, typedManagementKey } from '../../../src/piv/management.ts';
import { TAG } from '../../../src/piv/objects.ts';
import { verifyPin } from '../../../src/piv/pin.ts';
import { protectManagementKey, readAdminData, repairManagementKeyData } from '../../../src/piv/protected-key.ts';
import { PivSession } from '../../../src/piv/session.ts';
import { createPivCard } from '../../../src/simulator/card/index.ts';
import type { PersistentCard } from '../../../src/simulator/smart-card.ts';
import { answering, terminal } from './transactions.ts';

/* What admin data and Printed Information say of the management key stays true, and is made true again. */

const FACTORY = '010203040506070801020304050607080102030405060708';
const PROFILE = 'yubikey-5.4';
const pin = (): Bytes => fromHex('313233343536');
const factoryKey = () => typedManagementKey(fromHex(FACTORY));
const SALT = toHex(bytes(16).fill(3));
const ofThePin = (): Bytes => copy(pbkdf2Sync('123456', fromHex(SALT), 10_000, 24, 'sha1'));
const kept = (key: string): string => `881a8918${key}`;

/** With key 9B authenticated and, unless told otherwise, the PIN verified. */
async function opened(card: PersistentCard = createPivCard({ profile: PROFILE }), verified = true) {
  const log = terminal(card);
  const piv = await PivSession.open(log);
  await authenticateManagement(piv, factoryKey());
  if (verified) await verifyPin(piv, pin());
  log.clear();
  return { piv, log, card };
}

const printed = async (piv: PivSession): Promise<string> => toHex((await getData(piv, TAG.PRINTED)) ?? bytes(0));

describe('a key that is not in force is not left behind the PIN', () => {
  it('neither without the PIN nor without key 9B is anything written', async () => {
    const { piv, log } = await opened(undefined, false);
    await expect(protectManagementKey(piv)).rejects.toMatchObject({ reason: 'not-authenticated' });
    piv.forgetSecurityState();
    await verifyPin(piv, pin());
    await expect(protectManagementKey(piv)).rejects.toMatchObject({ reason: 'not-authenticated' });
    expect(log.instructions()).not.toMatch(/db|ff/);
  });

  it.each([
    ['6d00', '', ''],
    ['6a80', '', ''],
    ['6982', kept(FACTORY), kept(FACTORY)],
    // The card may have taken it: both stay until somebody has tried them.
    ['6581', kept(FACTORY), `8834${kept(FACTORY).slice(4)}8a18${'5a'.repeat(24)}`],
    ['6f00', '', kept('5a'.repeat(24))],
  ])('SET MANAGEMENT KEY answering %s', async (sw, before, after) => {
    const card = createPivCard({ profile: PROFILE });
    const { piv } = await opened(answering(card, /^00ff/, () => Promise.resolve(sw)));
    await putData(piv, TAG.PRINTED, fromHex(before));
    const random = (length: number): Bytes => bytes(length).fill(0x5a);
    await expect(protectManagementKey(piv, random)).rejects.toMatchObject({ sw: Number.parseInt(sw, 16) });
    expect(await printed(piv)).toBe(after);
    expect(await readAdminData(piv)).toBeUndefined();
  });

  it('a refusal is told also where the object can not be put back', async () => {
    let writes = 0;
    const refusing = answering(createPivCard({ profile: PROFILE }), /^00(ff|db)/, async (answer) => (++writes > 1 ? '6d00' : answer()));
    await expect(protectManagementKey((await opened(refusing)).piv)).rejects.toMatchObject({ ins: 0xff, sw: 0x6d00 });
    expect(writes).toBe(3);
  });
});

describe('repair of what is said of the management key', () => {
  const conflicts = async (card: PersistentCard): Promise<boolean> => {
    card.reset('cold');
    const edge = await openPivEdgeWith(terminal(card), { atr: copy(card.atr), random: systemRandom, today: () => new Date('2026-03-01') });
    await edge.verifyPin(1, pin());
    return (await edge.inspectPiv()).findings.some(({ code }) => code === 'management-key-data-conflict');
  };

  it.each([
    ['a key is claimed and none is there', { keyStored: true }, '', FACTORY, { keyStored: false, salt: undefined }, ''],
    ['one is claimed and 88 is empty', { keyStored: true }, '8800', FACTORY, { keyStored: false, salt: undefined }, '8800'],
    ['both are claimed, the one from the PIN is in force', { keyStored: true, salt: SALT }, '', undefined, { keyStored: false, salt: SALT }, ''],
    ['both are claimed, neither is in force', { keyStored: true, salt: SALT }, '', FACTORY, { keyStored: false, salt: undefined }, ''],
    [
      'both, and a key that is not in force',
      { keyStored: true, salt: SALT },
      kept('77'.repeat(24)),
      FACTORY,
      { keyStored: false, salt: undefined },
      '',
    ],
    ['a key that nobody speaks of, not in force', { keyStored: false }, kept('77'.repeat(24)), FACTORY, { keyStored: false, salt: undefined }, ''],
    ['one that nobody speaks of, in force', { keyStored: false }, kept(FACTORY), FACTORY, { keyStored: true, salt: undefined }, kept(FACTORY)],
    [
      'both, the one behind the PIN in force',
      { keyStored: true, salt: SALT },
      kept(FACTORY),
      FACTORY,
      { keyStored: true, salt: undefined },
      kept(FACTORY),
    ],
  ])('%s', async (_name, claims: { keyStored: boolean; salt?: string }, object, inForce, told, left) => {
    const { piv, card } = await opened();
    await putData(piv, TAG.PRINTED, fromHex(object));
    const salt = claims.salt === undefined ? undefined : fromHex(claims.salt);
    await putData(piv, TAG.ADMIN_DATA, buildAdminData({ pukBlocked: true, keyStored: claims.keyStored, salt, pinChangedS: 7 }));
    if (inForce === undefined) await setManagementKey(piv, '3DES', ofThePin());
    expect(await conflicts(card)).toBe(true);
    const again = await PivSession.open(terminal(card));
    await verifyPin(again, pin());
    await repairManagementKeyData(again, factoryKey(), pin());
    expect(await readAdminData(again)).toEqual({
      pukBlocked: true,
      pinChangedS: 7,
      keyStored: told.keyStored,
      salt: told.salt === undefined ? undefined : fromHex(told.salt),
    });
    expect(await printed(again)).toBe(left);
    expect(await conflicts(card)).toBe(false);
  });

  it('a salt stays where nobody gave the PIN; nothing is written with a wrong key, or without the PIN', async () => {
    const { piv, card } = await opened();
    await putData(piv, TAG.ADMIN_DATA, buildAdminData({ pukBlocked: false, keyStored: true, salt: fromHex(SALT), pinChangedS: undefined }));
    card.reset('cold');
    const log = terminal(card);
    const again = await PivSession.open(log);
    await expect(repairManagementKeyData(again, factoryKey())).rejects.toMatchObject({ reason: 'not-authenticated' });
    await verifyPin(again, pin());
    await expect(repairManagementKeyData(again, typedManagementKey(bytes(24).fill(1)))).rejects.toMatchObject({ reason: 'wrong-management-key' });
    expect(log.instructions()).not.toContain('db');
    await repairManagementKeyData(again, factoryKey());
    expect(await readAdminData(again)).toMatchObject({ keyStored: false, salt: fromHex(SALT) });
    expect(await conflicts(card)).toBe(false);
  });
});
