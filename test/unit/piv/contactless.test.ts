import { describe, expect, it } from 'vitest';
import { toProblem } from '../../../src/app/problem.ts';
import { type Bytes, bytes } from '../../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../../src/codec/hex.ts';
import { systemRandom } from '../../../src/codec/random.ts';
import { openPivEdgeWith } from '../../../src/piv/card-edge.ts';
import { contactlessHint, interfaceOf } from '../../../src/piv/contactless.ts';
import { getData, putData } from '../../../src/piv/data-objects.ts';
import { CardError } from '../../../src/piv/errors.ts';
import { readInventory } from '../../../src/piv/inventory.ts';
import { ecdsaSign, generateKey } from '../../../src/piv/keys.ts';
import { authenticateManagement, getChallenge, typedManagementKey } from '../../../src/piv/management.ts';
import { OBJECTS } from '../../../src/piv/objects.ts';
import { probePin, verifyPin } from '../../../src/piv/pin.ts';
import { changePin, changePuk, unblockPin } from '../../../src/piv/pin-change.ts';
import { PivSession } from '../../../src/piv/session.ts';
import { createPivCard, type PivProfileName, pivProfiles } from '../../../src/simulator/card/index.ts';
import { issuedImage } from '../../conformance/piv-issued.ts';
import { terminal } from './transactions.ts';

const pin = (): Bytes => fromHex('313233343536');
const puk = (): Bytes => fromHex('3132333435363738');
const key = () => typedManagementKey(fromHex('010203040506070801020304050607080102030405060708'));

const onReader = async (profile: PivProfileName) => terminal(createPivCard({ profile, image: await issuedImage(profile), contactless: true }));

describe('how the card is read', () => {
  it('by the answer that readers make up, unless the caller knows better', async () => {
    // What PC/SC readers show of a YubiKey 5 by NFC.
    expect(interfaceOf(fromHex('3b8d80018073c021c057597562694b6579f9'))).toBe('contactless');
    expect(toHex((await onReader('yubikey-5.7')).atr)).toBe('3b8d80018073c021c057597562694b6579f9');
    for (const { atr } of Object.values(pivProfiles)) expect(interfaceOf(atr)).toBe('contact');
    const card = await onReader('nist');
    expect((await PivSession.open(card)).interface).toBe('contactless');
    expect((await PivSession.open(card, { interface: 'contact' })).interface).toBe('contact');
  });
});

describe('a card of the standard without contacts', () => {
  it.each<readonly [string, (piv: PivSession) => Promise<unknown>, string, 'done' | 'not-authenticated']>([
    ['VERIFY', (piv) => verifyPin(piv, pin()), 'virtual-contact-only', 'done'],
    ['CHANGE REFERENCE DATA of the PIN', (piv) => changePin(piv, pin(), pin()), 'virtual-contact-only', 'done'],
    ['CHANGE REFERENCE DATA of the PUK', (piv) => changePuk(piv, puk(), puk()), 'contacts-only', 'done'],
    ['RESET RETRY COUNTER', (piv) => unblockPin(piv, puk(), pin()), 'contacts-only', 'done'],
    ['GENERATE', (piv) => generateKey(piv, 0x9a, { kind: 'ec', curve: 'P-256' }), 'contacts-only', 'not-authenticated'],
    ['PUT DATA', (piv) => putData(piv, 0x5fc102, bytes(1)), 'contacts-only', 'not-authenticated'],
    ['a key with PIN', (piv) => ecdsaSign(piv, 0x9c, 'P-256', bytes(32)), 'virtual-contact-only', 'not-authenticated'],
    ['a certificate', (piv) => getData(piv, 0x5fc105), 'virtual-contact-only', 'done'],
  ])('%s is refused, and the error says that the interface is why', async (_name, run, contactless, withContacts) => {
    const piv = await PivSession.open(await onReader('nist'));
    await expect(run(piv)).rejects.toMatchObject({ reason: 'not-authenticated', sw: 0x6982, contactless });
    // With contacts it is done, or refused without such a reason.
    const wired = await PivSession.open(terminal(createPivCard({ profile: 'nist', image: await issuedImage('nist') })));
    const refusal = await run(wired).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (withContacts === 'done') return expect(refusal).toBeUndefined();
    expect(refusal).toBeInstanceOf(CardError);
    expect(refusal).toMatchObject({ reason: withContacts, sw: 0x6982, contactless: undefined });
  });

  it('has no way to administer it, and gives CHUID, discovery and the card authentication key', async () => {
    const piv = await PivSession.open(await onReader('nist'));
    await expect(getChallenge(piv)).rejects.toMatchObject({ reason: 'algorithm-unknown' });
    await expect(authenticateManagement(piv, key())).rejects.toMatchObject({ layer: 'card' });
    expect(await getData(piv, 0x5fc102)).toBeDefined();
    expect(await getData(piv, 0x7e)).toBeDefined();
    expect(await ecdsaSign(piv, 0x9e, 'P-256', bytes(32))).toHaveLength(64);
    expect(await probePin(piv)).toEqual({ retriesLeft: undefined, verified: undefined });
  });

  it('is listed with what it shows: 9E, on the edge and in the inventory', async () => {
    const card = await onReader('nist');
    const edge = await openPivEdgeWith(card, { atr: card.atr, random: systemRandom, today: () => new Date('2026-03-01') });
    expect((await edge.containers()).map((each) => each.place)).toEqual(['PIV 9E']);
    const refused: unknown = await edge.readCertificate(0).catch((error: unknown) => error);
    expect(refused).toMatchObject({ reason: 'not-authenticated' });
    expect(toProblem(refused)).toMatchObject({ what: 'needs-contacts', cardState: 'unchanged' });
    expect((await readInventory(await PivSession.open(card), true)).entries.map((each) => each.name)).toEqual(['PIV 9E']);
    expect((await edge.inspectPiv()).findings.map((each) => each.code)).toContain('contactless-limited');
    // No PIN was staked by looking.
    expect(card.log.filter(({ command }) => /^00(?:20|24|2c)/.test(command) && command.length > 10)).toEqual([]);
  });
});

it('a security key shows everything by NFC, and the inspector names each object that the standard reserves', async () => {
  const card = await onReader('yubikey-5.7');
  const edge = await openPivEdgeWith(card, { atr: card.atr, random: systemRandom, today: () => new Date('2026-03-01') });
  await edge.verifyPin(1, pin());
  expect(await edge.containers()).toHaveLength(4);
  const open = (await edge.inspectPiv()).findings.filter((each) => each.code === 'contactless-open').map((each) => each.place);
  expect(open).toEqual(['Card Capability Container', 'PIV 9A', 'PIV 9C', 'PIV 9D']);
});

it('hints are for what the interface can be the reason of', () => {
  expect(contactlessHint(0x6a82, 0xcb, 0xff, 0x5fc105)).toBeUndefined();
  expect(contactlessHint(0x6982, 0xcb, 0xff, 0x5fc102)).toBeUndefined();
  expect(contactlessHint(0x6982, 0xcb, 0xff, 0x5fff00)).toBeUndefined();
  expect(contactlessHint(0x6982, 0x87, 0x9e)).toBeUndefined();
  expect(contactlessHint(0x6982, 0x87, 0x9b)).toBe('contacts-only');
  // Table 2 of the standard: five objects are always there without contacts.
  expect(OBJECTS.filter((object) => contactlessHint(0x6982, 0xcb, 0xff, object.tag) === undefined).map((object) => object.tag.toString(16))).toEqual([
    '5fc102',
    '5fc101',
    '7e',
    '7f61',
    '5fc122',
  ]);
});
