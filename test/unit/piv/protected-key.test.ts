import { pbkdf2Sync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Bytes, bytes, copy } from '../../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../../src/codec/hex.ts';
import { systemRandom } from '../../../src/codec/random.ts';
import { type AdminData, buildAdminData, managementKeyHome, parseAdminData } from '../../../src/piv/admin-data.ts';
import { openPivEdgeWith } from '../../../src/piv/card-edge.ts';
import { getData, putData } from '../../../src/piv/data-objects.ts';
import { authenticateManagement, setManagementKey, typedManagementKey } from '../../../src/piv/management.ts';
import { TAG } from '../../../src/piv/objects.ts';
import { verifyPin } from '../../../src/piv/pin.ts';
import { unblockPin } from '../../../src/piv/pin-change.ts';
import {
  derivedManagementKey,
  protectedManagementKey,
  protectManagementKey,
  readAdminData,
  recoverProtectedKey,
} from '../../../src/piv/protected-key.ts';
import { PivSession } from '../../../src/piv/session.ts';
import { createPivCard, type PivProfileName } from '../../../src/simulator/card/index.ts';
import type { PersistentCard } from '../../../src/simulator/smart-card.ts';
import { answering, type CardTerminal, terminal } from './transactions.ts';

const FACTORY = '010203040506070801020304050607080102030405060708';
const PROFILE = 'yubikey-5.7';
const pin = (): Bytes => fromHex('313233343536');
const factoryKey = () => typedManagementKey(fromHex(FACTORY));

async function administrated(
  profile: PivProfileName = PROFILE,
  card: PersistentCard = createPivCard({ profile }),
): Promise<{ piv: PivSession; log: CardTerminal; card: PersistentCard }> {
  const log = terminal(card);
  const piv = await PivSession.open(log);
  await authenticateManagement(piv, factoryKey());
  return { piv, log, card };
}

describe('management key from the PIN', () => {
  it('is what PBKDF2 of node:crypto makes, and opens the card', async () => {
    const { piv } = await administrated('yubikey-5.4');
    const salt = systemRandom(16);
    const expected = copy(pbkdf2Sync(Buffer.from('123456'), salt, 10_000, 24, 'sha1'));
    await setManagementKey(piv, '3DES', copy(expected));
    await putData(piv, 0x5fff00, buildAdminData({ pukBlocked: true, keyStored: false, salt, pinChangedS: 0x01020304 }));
    piv.forgetSecurityState();
    const admin = parseAdminData((await getData(piv, 0x5fff00)) ?? bytes(0));
    expect(admin).toEqual({ pukBlocked: true, keyStored: false, salt, pinChangedS: 0x01020304 });
    expect(managementKeyHome(admin, { holdsKey: false })).toBe('derived');
    await authenticateManagement(piv, await derivedManagementKey(pin(), salt));
    piv.forgetSecurityState();
    await expect(authenticateManagement(piv, await derivedManagementKey(fromHex('313233343537'), salt))).rejects.toMatchObject({
      reason: 'wrong-management-key',
    });
  });

  it('conflicts are told apart', () => {
    const admin = (keyStored: boolean, salted: boolean) => ({
      pukBlocked: false,
      keyStored,
      salt: salted ? bytes(16) : undefined,
      pinChangedS: undefined,
    });
    expect(managementKeyHome(admin(true, true), undefined)).toBe('conflict');
    expect(managementKeyHome(admin(true, false), { holdsKey: false })).toBe('conflict');
    expect(managementKeyHome(admin(false, false), { holdsKey: true })).toBe('conflict');
    expect(managementKeyHome(undefined, { holdsKey: true })).toBe('conflict');
    expect(managementKeyHome(admin(true, false), { holdsKey: true })).toBe('protected');
    expect(managementKeyHome(undefined, undefined)).toBe('unknown');
  });
});

/** A card whose power goes with the command number `at`, before or after it has worked; -1 = never. At the card: parts of a chain count too. */
function cutting(card: PersistentCard): PersistentCard & { count: number; at: number; when: 'before' | 'after' } {
  const cut = {
    count: 0,
    at: -1,
    when: 'before' as 'before' | 'after',
    atr: card.atr,
    extendedLength: card.extendedLength,
    reset: (kind: 'cold' | 'warm' | 'off') => card.reset(kind),
    save: () => card.save(),
    onChange: (listener: () => void) => card.onChange(listener),
    async transmit(command: Bytes): Promise<Bytes> {
      const now = cut.count++ === cut.at;
      if (now && cut.when === 'before') throw new Error('power went');
      const answer = await card.transmit(command);
      if (now) throw new Error('power went');
      return answer;
    },
  };
  return cut;
}

/** A session on a card that was just powered, with the PIN verified; `key` opens 9B, else what stands behind the PIN. */
async function opened(card: PersistentCard, key?: string): Promise<PivSession> {
  card.reset('cold');
  const piv = await PivSession.open(terminal(card));
  await verifyPin(piv, pin());
  if (key !== undefined) await authenticateManagement(piv, typedManagementKey(fromHex(key)));
  else if (!(await recoverProtectedKey(piv))) throw new Error('the key is lost');
  return piv;
}

/** Every key that was ever made for a card: what may be in force. */
const recording = (made: string[]) => (length: number) => {
  const key = systemRandom(length);
  made.push(toHex(key));
  return key;
};

/** The outcome of every way to cut `protect` off on a card of this image: whether the key behind the PIN opens it, else whether `former` does. */
async function cutEverywhere(image: unknown, former: string | undefined, protect = protectManagementKey): Promise<{ cuts: number; found: string[] }> {
  const found = new Set<string>();
  let cuts = 0;
  for (let at = 0; ; at++) {
    let done = false;
    for (const when of ['before', 'after'] as const) {
      const card = cutting(createPivCard({ profile: PROFILE, image }));
      const piv = await opened(card, former);
      Object.assign(card, { count: 0, at, when });
      done = await protect(piv).then(
        () => true,
        () => false,
      );
      card.at = -1;
      if (done) break;
      cuts++;
      card.reset('cold');
      const again = await PivSession.open(terminal(card));
      await verifyPin(again, pin());
      const recovered = await recoverProtectedKey(again);
      if (recovered) {
        // What is said of it, and what other software looks for, is true from then on.
        const settled = await PivSession.open(terminal(card));
        expect(await readAdminData(settled)).toMatchObject({ keyStored: true, salt: undefined });
        const holder = await protectedManagementKey(settled);
        if (holder === undefined) throw new Error('nothing is kept');
        await authenticateManagement(settled, holder);
        found.add(`${when} protected`);
      } else {
        const holds =
          former !== undefined &&
          (await authenticateManagement(again, typedManagementKey(fromHex(former))).then(
            () => true,
            () => false,
          ));
        found.add(holds ? `${when} former` : `${when} lost`);
      }
    }
    if (done) return { cuts, found: [...found].sort() };
  }
}

async function protectedImage(): Promise<unknown> {
  const { piv, card } = await administrated();
  await verifyPin(piv, pin());
  await protectManagementKey(piv);
  return card.save();
}

describe('a PIN that the management key is made from', () => {
  const next = (): Bytes => fromHex('363534333231');
  const salt = (): Bytes => bytes(16).fill(3);
  const options = { random: systemRandom, today: () => new Date(0) };

  async function derivedCard(profile: PivProfileName, former: Bytes = pin()): Promise<PersistentCard> {
    const { piv, card } = await administrated(profile);
    const key = copy(pbkdf2Sync(former, salt(), 10_000, 24, 'sha1'));
    await setManagementKey(piv, profile === 'yubikey-5.7' ? 'AES-192' : '3DES', key);
    await putData(piv, TAG.ADMIN_DATA, buildAdminData({ pukBlocked: false, keyStored: false, salt: salt(), pinChangedS: 1 }));
    card.reset('cold');
    return card;
  }

  const opensWith = async (card: PersistentCard, secret: Bytes): Promise<boolean> => {
    card.reset('cold');
    const piv = await PivSession.open(terminal(card));
    await authenticateManagement(piv, await derivedManagementKey(secret, salt())).catch(() => undefined);
    return piv.managementAuthenticated;
  };

  it.each<PivProfileName>(['yubikey-4', 'yubikey-5.4', 'yubikey-5.7'])('%s: the key follows the new PIN', async (profile) => {
    const card = await derivedCard(profile);
    const log = terminal(card);
    const edge = await openPivEdgeWith(log, { atr: copy(log.atr), ...options });
    await edge.changePin(1, pin(), next());
    expect([await opensWith(card, next()), await opensWith(card, pin())]).toEqual([true, false]);
  });

  it('a wrong PIN changes neither, and a key that is made from neither is left alone', async () => {
    const card = await derivedCard('yubikey-5.7');
    const edge = await openPivEdgeWith(terminal(card), { atr: copy(card.atr), ...options });
    await expect(edge.changePin(1, next(), pin())).rejects.toMatchObject({ reason: 'wrong-pin' });
    expect(await opensWith(card, pin())).toBe(true);
    const other = await derivedCard('yubikey-5.7', fromHex('393939393939'));
    const log = terminal(other);
    await (await openPivEdgeWith(log, { atr: copy(other.atr), ...options })).changePin(1, pin(), next());
    expect(log.instructions()).not.toContain('ff');
    expect(await opensWith(other, fromHex('393939393939'))).toBe(true);
  });

  it('a PIN set by the PUK leaves the key to the former one, and that is told', async () => {
    const card = await derivedCard('yubikey-5.4');
    const puk = (): Bytes => fromHex('3132333435363738');
    expect(await unblockPin(await PivSession.open(terminal(card)), puk(), next())).toEqual({ managementKeyOfFormerPin: true });
    expect([await opensWith(card, next()), await opensWith(card, pin())]).toEqual([false, true]);
    const plain = await PivSession.open(terminal(createPivCard({ profile: 'yubikey-5.4' })));
    expect(await unblockPin(plain, puk(), next())).toEqual({ managementKeyOfFormerPin: false });
    // A card that says nothing of it gets its PIN all the same, and a wrong PUK is told as ever.
    const silent = answering(await derivedCard('yubikey-5.4'), /^00cb/, () => Promise.resolve('6f00'));
    const piv = await PivSession.open(terminal(silent));
    await expect(unblockPin(piv, fromHex('3939393939393939'), next())).rejects.toMatchObject({ reason: 'wrong-pin', retriesLeft: 2 });
    expect(await unblockPin(piv, puk(), next())).toEqual({ managementKeyOfFormerPin: false });
    await verifyPin(piv, next());
  });

  it('is not changed on a PIN pad, which nobody but the reader sees: refused before the reader is asked', async () => {
    const asked: string[] = [];
    const taken = async () => (asked.push('asked'), { kind: 'answer' as const, response: fromHex('9000') });
    const pinPad = { canModify: true, verify: taken, modify: taken };
    const enter = async (card: PersistentCard): Promise<void> => {
      const edge = await openPivEdgeWith(terminal(card), { atr: copy(card.atr), ...options, pinPad });
      await edge.enterNewPin(1, {});
    };
    await expect(enter(await derivedCard('yubikey-5.7'))).rejects.toMatchObject({ layer: 'card-edge', reason: 'unsupported' });
    expect(asked).toEqual([]);
    await enter(createPivCard({ profile: 'yubikey-5.7' }));
    expect(asked).toEqual(['asked']);
  });
});

describe('management key behind the PIN', () => {
  it('from the factory key, at every power cut the factory key or the one behind the PIN opens the card', async () => {
    const { cuts, found } = await cutEverywhere(createPivCard({ profile: PROFILE }).save(), FACTORY);
    expect(cuts).toBeGreaterThanOrEqual(12);
    expect(found).toEqual(['after former', 'after protected', 'before former', 'before protected']);
  });

  it('from a key behind the PIN, at every power cut a key behind the PIN opens the card', async () => {
    const { cuts, found } = await cutEverywhere(await protectedImage(), undefined);
    expect(cuts).toBeGreaterThanOrEqual(14);
    expect(found).toEqual(['after protected', 'before protected']);
  });

  it('cut off twice with nothing mended between: still no key is lost', async () => {
    const card = cutting(createPivCard({ profile: PROFILE, image: await protectedImage() }));
    const made: string[] = [];
    const piv = await opened(card);
    // PRINTED is asked for, admin data are asked for, PRINTED is written and read back, 9B is asked for, and the answer to SET MANAGEMENT KEY is lost.
    const switched = async (session: PivSession): Promise<void> => {
      Object.assign(card, { count: 0, at: 5, when: 'after' });
      await expect(protectManagementKey(session, recording(made))).rejects.toThrow('power went');
      card.at = -1;
    };
    await switched(piv);
    // Somebody who wrote the new key down types it.
    const second = await opened(card, made[0] ?? '');
    const { cuts, found } = await cutEverywhere(card.save(), made[0]);
    expect(cuts).toBeGreaterThanOrEqual(14);
    expect(found).toEqual(['after protected', 'before protected']);
    await switched(second);
    const third = await opened(card);
    await protectManagementKey(third);
    expect(made).toHaveLength(2);
    expect(await recoverProtectedKey(third)).toBe(true);
  });

  it('the check notices a wrong order: the only copy overwritten, a key that is set before it is kept', async () => {
    const overwriting = async (piv: PivSession): Promise<void> => {
      const key = systemRandom(24);
      await putData(piv, 0x5fc109, copy(Buffer.concat([fromHex('881a8918'), key])));
      await setManagementKey(piv, 'AES-192', key);
    };
    expect((await cutEverywhere(await protectedImage(), undefined, overwriting)).found).toContain('after lost');
    const setting = async (piv: PivSession): Promise<void> => {
      const key = systemRandom(24);
      await setManagementKey(piv, 'AES-192', key);
      await putData(piv, 0x5fc109, copy(Buffer.concat([fromHex('881a8918'), key])));
    };
    expect((await cutEverywhere(createPivCard({ profile: PROFILE }).save(), FACTORY, setting)).found).toContain('after lost');
  });

  it('a key that was typed does not prove the one behind the PIN', async () => {
    const { piv } = await administrated();
    await verifyPin(piv, pin());
    await putData(piv, 0x5fc109, fromHex(`881a8918${'5a'.repeat(24)}`));
    expect(await recoverProtectedKey(piv)).toBe(false);
    expect(await readAdminData(piv)).toBeUndefined();
    expect(piv.managementAuthenticated).toBe(false);
  });

  it.each<[string, (piv: PivSession) => Promise<unknown>]>([
    ['protecting', protectManagementKey],
    ['recovering', recoverProtectedKey],
  ])('%s leaves what else the admin data say, and takes the salt away', async (name, settle) => {
    const { piv } = await administrated();
    await verifyPin(piv, pin());
    const before: AdminData = { pukBlocked: true, keyStored: name === 'recovering', salt: bytes(16).fill(7), pinChangedS: 0x01020304 };
    await putData(piv, 0x5fff00, buildAdminData(before));
    if (name === 'recovering') await putData(piv, 0x5fc109, fromHex(`881a8918${FACTORY}`));
    await settle(piv);
    expect(await readAdminData(piv)).toEqual({ ...before, keyStored: true, salt: undefined });
  });

  it.each([
    ['printed information', '010141fe00'],
    ['nothing', ''],
  ])('is not written over with %s', async (_name, content) => {
    const { piv, log } = await administrated();
    await verifyPin(piv, pin());
    await protectManagementKey(piv);
    log.clear();
    await expect(putData(piv, TAG.PRINTED, fromHex(content))).rejects.toMatchObject({ reason: 'bad-parameter' });
    expect(log.instructions()).not.toContain('db');
    expect(await recoverProtectedKey(piv)).toBe(true);
    // Once the admin data say that the key is somewhere else, the object is free.
    await putData(piv, TAG.ADMIN_DATA, bytes(0));
    await putData(piv, TAG.PRINTED, fromHex(content));
  });

  it('leaves printed information alone', async () => {
    const { piv, log } = await administrated();
    await putData(piv, 0x5fc109, fromHex('010141fe00'));
    await verifyPin(piv, pin());
    log.clear();
    await expect(protectManagementKey(piv)).rejects.toMatchObject({ reason: 'bad-parameter' });
    expect(log.instructions()).not.toMatch(/db|ff/);
  });

  describe('a key that somebody else keeps from now on', () => {
    const typed = (): Bytes => bytes(24).fill(5);
    const edgeOn = (card: PersistentCard) => openPivEdgeWith(terminal(card), { atr: copy(card.atr), random: systemRandom, today: () => new Date(0) });
    const change = async (edge: Awaited<ReturnType<typeof edgeOn>>): Promise<void> =>
      edge.changePin(2, await factoryKey().external(await edge.challenge(2), 'AES-192'), typed());

    it.each([
      ['the PIN is verified: the old key is gone', true],
      ['it is not: the old key is no longer believed', false],
    ])('%s', async (_name, verified) => {
      const { piv, card } = await administrated();
      await verifyPin(piv, pin());
      await putData(piv, TAG.PRINTED, fromHex(`881a8918${FACTORY}`));
      await putData(piv, TAG.ADMIN_DATA, buildAdminData({ pukBlocked: true, keyStored: true, salt: undefined, pinChangedS: 9 }));
      card.reset('cold');
      const edge = await edgeOn(card);
      if (verified) await edge.verifyPin(1, pin());
      await change(edge);
      card.reset('cold');
      const after = await PivSession.open(terminal(card));
      expect(await readAdminData(after)).toEqual({ pukBlocked: true, keyStored: false, salt: undefined, pinChangedS: 9 });
      await verifyPin(after, pin());
      expect(await getData(after, TAG.PRINTED)).toEqual(verified ? undefined : fromHex(`881a8918${FACTORY}`));
      expect(await protectedManagementKey(after)).toBeUndefined();
      await authenticateManagement(after, typedManagementKey(typed()));
    });

    it('what is printed on a card stays, and a card that can’t be written to says no falsehood of the key', async () => {
      const printed = fromHex('0104' + '41424344' + 'fe00');
      const { piv, card } = await administrated();
      await putData(piv, TAG.PRINTED, printed);
      await putData(piv, TAG.ADMIN_DATA, buildAdminData({ pukBlocked: false, keyStored: false, salt: bytes(16).fill(1), pinChangedS: 1 }));
      card.reset('cold');
      const full: PersistentCard = {
        ...card,
        reset: (kind) => card.reset(kind),
        transmit: (command) => (command[1] === 0xdb ? Promise.resolve(fromHex('6a84')) : card.transmit(command)),
      };
      const edge = await edgeOn(full);
      await edge.verifyPin(1, pin());
      await change(edge);
      card.reset('cold');
      await (await edgeOn(card)).verifyPin(1, pin());
      const after = await PivSession.open(terminal(card));
      await authenticateManagement(after, typedManagementKey(typed()));
      await verifyPin(after, pin());
      expect(await getData(after, TAG.PRINTED)).toEqual(printed);
    });
  });
});
