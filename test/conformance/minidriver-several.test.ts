import { createPublicKey } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CardTransaction } from '../../src/channel/index.ts';
import { type Bytes, bytes, fromHex, toHex } from '../../src/codec/index.ts';
import * as m from '../../src/minidriver/index.ts';
import { openPivEdge } from '../../src/piv/card-edge.ts';
import { typedManagementKey } from '../../src/piv/management.ts';
import { createPivCard } from '../../src/simulator/index.ts';
import { code } from '../unit/minidriver/outcomes.ts';
import { bench as onReader, firstSlot } from './driver-setup.ts';
import { Bench, type Card, FACTORY_KEY, KEYS, PIN, preparedImage, publicKeyOf } from './minidriver-bench.ts';
import { signing } from './minidriver-pair.ts';
import { ecdsaVerifyPrehash } from './minidriver-verify.ts';

/* Several contexts on one card: none disturbs another, each sees what another has written, and what one deletes is gone for all. */

const holds = (signature: Bytes | null): boolean => ecdsaVerifyPrehash(createPublicKey(KEYS[3]), bytes(32).fill(9), signature ?? bytes(0));

/** Five operations; each leaves the card as it was for everybody else. */
const OPERATIONS: readonly (readonly [string, (card: Card, i: number) => Promise<void>])[] = [
  ['read', async (card) => expect((await card.CardReadFile(null, 'cardid', 0)).length).toBe(16)],
  ['sign', async (card) => expect(holds((await card.CardSignData(signing())).pbSignedData)).toBe(true)],
  ['look', async (card) => expect((await card.CardGetContainerInfo(0, 0, { dwVersion: 1 })).pbKeyExPublicKey?.length).toBe(276)],
  ['ask', async (card) => expect(await card.CardGetProperty(m.CP_CARD_LIST_PINS, 0)).toBe(0x1e)],
  [
    'make and delete a key',
    async (card, i) => {
      const index = 10 + i;
      await card.CardCreateContainerEx(index, m.CARD_CREATE_CONTAINER_KEY_GEN, m.AT_ECDHE_P256, 0, null, 1);
      expect((await publicKeyOf(card, index)).kind).toBe('ec');
      await card.CardDeleteContainer(index, 0);
      expect(await code(card.CardGetContainerInfo(index, 0, { dwVersion: 1 }))).toBe('SCARD_E_NO_KEY_CONTAINER');
    },
  ],
];

describe('several contexts on one card', () => {
  let image: unknown;
  beforeAll(async () => {
    image = await preparedImage();
  });

  it('SimultaneousUse, SupportMultiple: 5 contexts times 5 interleaved operations; deleting one disturbs none', async () => {
    const bench = new Bench({ image });
    const contexts = await Promise.all(Array.from({ length: 5 }, () => bench.user()));
    const done: string[] = [];
    await Promise.all(
      contexts.map(async (card, i) => {
        // Each begins with another one.
        for (let step = 0; step < 5; step++) {
          const [name, operation] = OPERATIONS[(i + step) % 5] ?? ['', async () => {}];
          await operation(card, i);
          done.push(`${i} ${name}`);
          if (i === 2 && step === 2) return card.CardDeleteContext();
        }
      }),
    );
    expect(done.length).toBe(23);
    // Interleaved: not one context after the other.
    expect(
      done
        .slice(0, 5)
        .map((each) => each[0])
        .sort()
        .join(''),
    ).not.toBe('00000');
    for (const [i, card] of contexts.entries())
      expect(await code(card.CardSignData(signing()))).toBe(i === 2 ? 'SCARD_E_INVALID_PARAMETER' : 'SCARD_S_SUCCESS');
    const seen = await Promise.all([0, 1, 3, 4].map(async (i) => contexts[i]?.CardEnumFiles('mscp', 0)));
    for (const files of seen) expect(files).toEqual(['cmapfile', 'kxc00', 'ksc01', 'kxc02', 'ksc03', 'kxc04', 'kxc05']);
  });

  it('what one context makes, overwrites, names and deletes, every other one sees, in the same transaction', async () => {
    const bench = new Bench({ image });
    const [one, two] = [await bench.user(), await bench.acquire()];
    const info = (card: Card) => code(card.CardGetContainerInfo(7, 0, { dwVersion: 1 }));
    const point = async (card: Card): Promise<string> => {
      const key = await publicKeyOf(card, 7);
      return key.kind === 'ec' ? toHex(key.point) : '';
    };
    expect([await info(one), await info(two)]).toEqual(['SCARD_E_NO_KEY_CONTAINER', 'SCARD_E_NO_KEY_CONTAINER']);
    await one.CardCreateContainerEx(7, 1, m.AT_ECDHE_P256, 0, null, 1);
    const first = await point(two);
    await one.CardCreateContainerEx(7, 1, m.AT_ECDSA_P256, 0, null, 1);
    expect(await point(two)).toBe(await point(one));
    expect(await point(two)).not.toBe(first);
    const map = m
      .decodeContainerMap(await one.CardReadFile('mscp', 'cmapfile', 0))
      .map((record, i) => (i === 7 ? { ...record, wszGuid: 'named' } : record));
    await one.CardWriteFile('mscp', 'cmapfile', 0, m.encodeContainerMap(map));
    expect(m.decodeContainerMap(await two.CardReadFile('mscp', 'cmapfile', 0))[7]?.wszGuid).toBe('named');
    await one.CardDeleteContainer(7, 0);
    expect([await info(one), await info(two)]).toEqual(['SCARD_E_NO_KEY_CONTAINER', 'SCARD_E_NO_KEY_CONTAINER']);
    // Roles are each context's own.
    expect([await one.CardGetProperty(m.CP_CARD_AUTHENTICATED_STATE, 0), await two.CardGetProperty(m.CP_CARD_AUTHENTICATED_STATE, 0)]).toEqual([
      0x0a, 0,
    ]);
  });

  it('one gives up its roles, which may leave the application: the other goes on, and disturbs no role proven since', async () => {
    const bench = new Bench({ image });
    const [one, two] = [await bench.user(), await bench.user()];
    const rsa = (card: Card) => code(card.CardSignData(signing({ bContainerIndex: 0, dwKeySpec: m.AT_KEYEXCHANGE, aiHashAlg: m.CALG_SHA_256 })));
    await one.CardCreateContainerEx(7, 1, m.AT_ECDHE_P256, 0, null, 1);
    await one.CardDeauthenticateEx(m.PIN_SET_ALL_ROLES, 0);
    expect((await two.CardReadFile('mscp', 'kxc04', 0)).length).toBeGreaterThan(100);
    expect(await two.CardGetProperty(m.CP_CARD_AUTHENTICATED_STATE, 0)).toBe(0);
    expect(await rsa(two)).toBe('SCARD_W_SECURITY_VIOLATION');
    await one.CardAuthenticateEx(1, 0, PIN);
    expect((await two.CardReadFile('mscp', 'kxc05', 0)).length).toBeGreaterThan(100);
    expect(await rsa(one)).toBe('SCARD_S_SUCCESS');
    // The other way: it is the one who left that proves its role again, and the other must not select anew.
    await one.CardDeauthenticateEx(m.PIN_SET_ALL_ROLES, 0);
    await one.CardAuthenticateEx(1, 0, PIN);
    await two.CardReadFile('mscp', 'kxc02', 0);
    expect(await rsa(one)).toBe('SCARD_S_SUCCESS');
  });

  it('a write that failed in the middle counts as one; a call that only reads does not', async () => {
    const bench = new Bench({ image });
    const [one, two] = [await bench.user(), await bench.acquire()];
    const exchanges = async (): Promise<number> => {
      bench.terminal.clear();
      await two.CardGetContainerInfo(0, 0, { dwVersion: 1 });
      return bench.terminal.log.length;
    };
    await exchanges();
    await one.CardReadFile('mscp', 'kxc00', 0);
    await one.CardSignData(signing());
    expect(await exchanges()).toBe(0);
    expect(await code(one.CardWriteFile('mscp', 'kxc09', 0, bytes(4)))).not.toBe('SCARD_S_SUCCESS');
    expect(await exchanges()).toBeGreaterThan(0);
    expect(await exchanges()).toBe(0);
  });

  it('five contexts in transactions of their own on a reader: they take turns, and see each other’s work', async () => {
    const made = await onReader({ cards: [createPivCard({ profile: 'yubikey-5.7', image })] });
    const { open, slot } = await firstSlot(made.reader);
    const channel = await slot.connect();
    const module = m.createCardModule<CardTransaction>(openPivEdge, { managementKey: () => typedManagementKey(fromHex(FACTORY_KEY)) });
    const contexts: m.CARD_DATA<CardTransaction>[] = [];
    const within = <T>(i: number, body: (card: m.CARD_DATA<CardTransaction>) => Promise<T>): Promise<T> =>
      channel.transaction(async (transaction) => {
        const known = contexts[i];
        const card = known ?? m.newCardData<CardTransaction>({ pbAtr: channel.atr, hScard: transaction });
        if (known === undefined) await module.CardAcquireContext(card, 0);
        contexts[i] = card;
        card.hScard = transaction;
        await card.CardAuthenticateEx(1, 0, PIN);
        try {
          return await body(card);
        } finally {
          await card.CardDeauthenticateEx(m.PIN_SET_ALL_ROLES, 0);
        }
      });
    await Promise.all(
      [0, 1, 2, 3, 4].map(async (i) => {
        for (let step = 0; step < 5; step++) await within(i, (card) => OPERATIONS[(i + step) % 5]?.[1](card, i) ?? Promise.resolve());
      }),
    );
    await within(0, (card) => card.CardCreateContainerEx(12, 1, m.AT_ECDSA_P256, 0, null, 1));
    for (const i of [1, 2, 3, 4]) expect(await within(i, async (card) => (await publicKeyOf(card, 12)).kind)).toBe('ec');
    await within(4, (card) => card.CardDeleteContainer(12, 0));
    for (const i of [0, 1, 2, 3])
      expect(await within(i, (card) => code(card.CardGetContainerInfo(12, 0, { dwVersion: 1 })))).toBe('SCARD_E_NO_KEY_CONTAINER');
    await open.close();
  });
});
