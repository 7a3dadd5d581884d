import { describe, expect, it } from 'vitest';
import { type Bytes, bytes } from '../../../src/codec/bytes.ts';
import { fromHex } from '../../../src/codec/hex.ts';
import { systemRandom } from '../../../src/codec/random.ts';
import { openPivEdgeWith } from '../../../src/piv/card-edge.ts';
import { FINGERPRINT } from '../../../src/piv/card-life.ts';
import { getData } from '../../../src/piv/data-objects.ts';
import { verifyFingerprint, verifyFingerprintForPin, verifyTemporaryPin } from '../../../src/piv/fingerprint.ts';
import { ecdsaSign } from '../../../src/piv/keys.ts';
import { authenticateManagement, typedManagementKey } from '../../../src/piv/management.ts';
import { askMetadata, getMetadata } from '../../../src/piv/metadata.ts';
import { TAG } from '../../../src/piv/objects.ts';
import { verifyPin } from '../../../src/piv/pin.ts';
import { protectManagementKey } from '../../../src/piv/protected-key.ts';
import { PivSession } from '../../../src/piv/session.ts';
import { createPivCard, type PivCardOptions } from '../../../src/simulator/card/index.ts';
import { opened, terminal } from './transactions.ts';

/* A card with a fingerprint reader (YubiKey Bio): what it tells of the reader, and VERIFY of reference 96. */

const FACTORY = '010203040506070801020304050607080102030405060708';
const pin = (): Bytes => fromHex('313233343536');

/** A Bio card on which every finger is judged by `fingers`, one after the other; after them none matches. */
async function bench(fingers: readonly boolean[], enrolled = true, more: Partial<PivCardOptions> = {}) {
  const left = [...fingers];
  const card = createPivCard({ profile: 'yubikey-5.7', fingerprint: { enrolled, finger: () => left.shift() ?? false }, ...more });
  const log = terminal(card);
  return { card, log, piv: await PivSession.open(log), left };
}

/** A P-256 key in a slot by the PIN policy octet, made with the raw command: no host tool of ours offers the two policies. */
async function keyWithPolicy(piv: PivSession, slot: string, policy: string): Promise<void> {
  await authenticateManagement(piv, typedManagementKey(fromHex(FACTORY)));
  await piv.command(0x47, 0x00, Number.parseInt(slot, 16), { data: fromHex(`ac06800111aa01${policy}`), answer: true });
}

describe('metadata of the fingerprint reader', () => {
  it('tell whether fingers are enrolled, the tries left, and a temporary PIN', async () => {
    const { piv } = await bench([false, true]);
    const state = async () => getMetadata(piv, FINGERPRINT);
    expect(await state()).toEqual({ fingerprintsEnrolled: true, retriesLeft: 3, temporaryPin: false });
    await expect(verifyFingerprint(piv)).rejects.toMatchObject({ reason: 'wrong-pin', retriesLeft: 2 });
    expect(await state()).toEqual({ fingerprintsEnrolled: true, retriesLeft: 2, temporaryPin: false });
    expect(await verifyFingerprintForPin(piv)).toHaveLength(16);
    expect(await state()).toEqual({ fingerprintsEnrolled: true, retriesLeft: 3, temporaryPin: true });
    expect(await getMetadata((await bench([], false)).piv, FINGERPRINT)).toMatchObject({ fingerprintsEnrolled: false });
  });

  it('are none on a card without reader, and VERIFY of it is unsupported', async () => {
    const piv = await PivSession.open(terminal(createPivCard({ profile: 'yubikey-5.7' })));
    expect(await askMetadata(piv, FINGERPRINT)).toEqual({ kind: 'absent' });
    await expect(verifyFingerprint(piv)).rejects.toMatchObject({ reason: 'unsupported', sw: 0x6a88 });
    await expect(verifyFingerprint((await bench([true], false)).piv)).rejects.toMatchObject({ reason: 'unsupported' });
  });

  it('the two policies of such cards are read as what they ask for: once and always, by PIN or finger', async () => {
    const { piv } = await bench([]);
    for (const [policy, told] of [
      ['02', { pinRule: 'once' }],
      ['03', { pinRule: 'always' }],
      ['04', { pinRule: 'once', byFinger: true }],
      ['05', { pinRule: 'always', byFinger: true }],
    ] as const) {
      await keyWithPolicy(piv, '9a', policy);
      const { pinRule, byFinger } = (await getMetadata(piv, 0x9a)) ?? {};
      expect({ pinRule, ...(byFinger === undefined ? {} : { byFinger }) }).toEqual(told);
    }
    // A card without reader takes neither.
    const plain = await PivSession.open(terminal(createPivCard({ profile: 'yubikey-5.7' })));
    await expect(keyWithPolicy(plain, '9a', '04')).rejects.toMatchObject({ sw: 0x6a80 });
  });
});

describe('VERIFY by finger', () => {
  it('sends the octets of the vendor’s documentation', async () => {
    const card = opened('050701')
      .expect('00 20 00 96 02 03 00', '9000')
      .expect('00 20 00 96 00 00 02 02 00 00 00', '000102030405060708090a0b0c0d0e0f', '9000')
      .expect('00 20 00 96 12 01 10 000102030405060708090a0b0c0d0e0f', '9000')
      .expect('00 20 00 96 02 03 00', '63c2')
      .expect('00 20 00 96 02 03 00', '6983')
      .expect('00 20 00 96 00 00 02 02 00 00 00', '0001', '9000');
    const piv = await PivSession.open(card);
    await verifyFingerprint(piv);
    const temporary = await verifyFingerprintForPin(piv);
    await verifyTemporaryPin(piv, temporary);
    await expect(verifyFingerprint(piv)).rejects.toMatchObject({ reason: 'wrong-pin', retriesLeft: 2 });
    await expect(verifyFingerprint(piv)).rejects.toMatchObject({ reason: 'pin-blocked' });
    await expect(verifyFingerprintForPin(piv)).rejects.toMatchObject({ reason: 'bad-answer' });
    await expect(verifyTemporaryPin(piv, bytes(15))).rejects.toMatchObject({ reason: 'bad-parameter' });
    card.end();
  });

  it('serves keys that take a finger, once or for each use, and no key that wants the PIN', async () => {
    const { piv } = await bench([true, true, true]);
    await keyWithPolicy(piv, '9a', '04');
    await keyWithPolicy(piv, '9c', '05');
    await keyWithPolicy(piv, '9d', '02');
    const sign = (slot: number) => ecdsaSign(piv, slot, 'P-256', bytes(32));
    await expect(sign(0x9a)).rejects.toMatchObject({ reason: 'not-authenticated' });
    await verifyFingerprint(piv);
    await sign(0x9c);
    await expect(sign(0x9c)).rejects.toMatchObject({ reason: 'not-authenticated' });
    await sign(0x9a);
    await sign(0x9a);
    await expect(sign(0x9d)).rejects.toMatchObject({ reason: 'not-authenticated' });
    await verifyPin(piv, pin());
    await sign(0x9c);
    await sign(0x9d);
  });

  it('a temporary PIN stands for the finger until a stranger’s, a wrong PIN or power takes it away', async () => {
    const { piv, card, log } = await bench([true, false, true, true]);
    await keyWithPolicy(piv, '9a', '05');
    const sign = () => ecdsaSign(piv, 0x9a, 'P-256', bytes(32));
    const first = await verifyFingerprintForPin(piv);
    await sign();
    await verifyTemporaryPin(piv, first);
    await sign();
    await expect(verifyFingerprint(piv)).rejects.toMatchObject({ reason: 'wrong-pin' });
    await expect(verifyTemporaryPin(piv, first)).rejects.toMatchObject({ reason: 'wrong-pin' });
    await expect(sign()).rejects.toMatchObject({ reason: 'not-authenticated' });
    const second = await verifyFingerprintForPin(piv);
    await expect(verifyPin(piv, fromHex('393939393939'))).rejects.toMatchObject({ reason: 'wrong-pin' });
    await expect(verifyTemporaryPin(piv, second)).rejects.toMatchObject({ reason: 'wrong-pin' });
    const third = await verifyFingerprintForPin(piv);
    card.reset('cold');
    const again = await PivSession.open(log);
    await expect(verifyTemporaryPin(again, third)).rejects.toMatchObject({ reason: 'wrong-pin' });
  });

  it('three strangers block the reader; the PIN’s tries are untouched, and the PIN opens the reader again', async () => {
    const { piv, card } = await bench([false, false, false, true]);
    await expect(verifyFingerprint(piv)).rejects.toMatchObject({ retriesLeft: 2 });
    await expect(verifyFingerprint(piv)).rejects.toMatchObject({ retriesLeft: 1 });
    await expect(verifyFingerprint(piv)).rejects.toMatchObject({ reason: 'pin-blocked', retriesLeft: 0 });
    await expect(verifyFingerprint(piv)).rejects.toMatchObject({ reason: 'pin-blocked' });
    expect((card.save() as { readonly pin: { readonly left: number } }).pin.left).toBe(3);
    // Blocked is kept in the card's memory.
    const later = await PivSession.open(
      terminal(createPivCard({ profile: 'yubikey-5.7', fingerprint: { enrolled: true, finger: () => true }, image: card.save() })),
    );
    await expect(verifyFingerprint(later)).rejects.toMatchObject({ reason: 'pin-blocked' });
    await verifyPin(later, pin());
    await verifyFingerprint(later);
  });

  it('opens what the PIN guards: the management key that is kept there', async () => {
    const { piv } = await bench([true]);
    await authenticateManagement(piv, typedManagementKey(fromHex(FACTORY)));
    await verifyPin(piv, pin());
    await protectManagementKey(piv);
    piv.markDeselected();
    const again = await PivSession.open(piv.transaction);
    await again.selectAnother();
    await again.select();
    await expect(getData(again, TAG.PRINTED)).rejects.toMatchObject({ reason: 'not-authenticated' });
    await verifyFingerprint(again);
    expect(await getData(again, TAG.PRINTED)).toBeDefined();
  });
});

describe('the inspector', () => {
  it('reports the fingerprint reader and takes it from no card that has none', async () => {
    const { log } = await bench([]);
    const options = { atr: log.atr, random: systemRandom, today: () => new Date('2026-03-01') };
    const edge = await openPivEdgeWith(log, options);
    const secret = (await edge.inspectPiv()).secrets.find((each) => each.name === 'fingerprint');
    expect(secret).toEqual({ name: 'fingerprint', retriesLeft: 3, enrolled: true, temporaryPin: false });
    expect((await edge.inspect()).applet).toContainEqual({ name: 'Fingerprint reader', value: 'fingers enrolled, 3 tries left' });
    const plain = terminal(createPivCard({ profile: 'yubikey-5.7' }));
    expect((await (await openPivEdgeWith(plain, options)).inspectPiv()).secrets.map((each) => each.name)).toEqual(['pin', 'puk', 'management-key']);
  });
});
