import { describe, expect, it } from 'vitest';
import { type Bytes, bytes } from '../../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../../src/codec/hex.ts';
import { ChannelError } from '../../../src/channel/errors.ts';
import { getData, pinReference } from '../../../src/piv/data-objects.ts';
import { importKey } from '../../../src/piv/keys.ts';
import { setManagementKey } from '../../../src/piv/management.ts';
import { logout, probePin, verifyPin } from '../../../src/piv/pin.ts';
import { changePin, unblockPin } from '../../../src/piv/pin-change.ts';
import { PivSession } from '../../../src/piv/session.ts';
import { APT_STANDARD, opened, type ScriptedCard, SELECT_PIV } from './transactions.ts';

const pin = (): Bytes => fromHex('313233343536');
const VERIFY_PIN = '00200080 08 313233343536ffff';
const GET_DISCOVERY = '00cb3fff 000003 5c017e 0000';

async function session(card: ScriptedCard): Promise<PivSession> {
  return PivSession.open(card);
}

describe('PIN commands, byte for byte', () => {
  it('VERIFY, padded with FF; the discovery object decides the reference on a plain card, once', async () => {
    const card = opened(undefined).expect(GET_DISCOVERY, '6a82').expect(VERIFY_PIN, '9000').expect(VERIFY_PIN, '63c4');
    const piv = await session(card);
    await verifyPin(piv, pin());
    expect(piv).toMatchObject({ pinVerified: true, pinFresh: true });
    await expect(verifyPin(piv, pin())).rejects.toMatchObject({ reason: 'wrong-pin', retriesLeft: 4, sw: 0x63c4, ins: 0x20, p1: 0, p2: 0x80 });
    expect(piv.pinVerified).toBe(false);
    card.end();
  });

  it.each([
    ['7e124f0ba0000003080000100001005f2f026020', 0x00],
    ['7e124f0ba0000003080000100001005f2f026010', 0x80],
    ['7e124f0ba0000003080000100001005f2f024000', 0x80],
    ['7e124f0ba0000003080000100001005f2f022020', 0x80],
    ['53147e124f0ba0000003080000100001005f2f026020', 0x80],
    ['', 0x80],
  ])('discovery %s means reference %i', async (object, reference) => {
    expect(await pinReference(await session(opened(undefined).expect(GET_DISCOVERY, object, '9000')))).toBe(reference);
  });

  it.each([
    ['010004', '6302', 'wrong-pin', 2],
    ['010004', '63ff', 'wrong-pin', 255],
    ['050701', '6302', 'wrong-pin', undefined],
    ['050701', '6300', 'wrong-pin', undefined],
    ['050701', '63c0', 'pin-blocked', 0],
    ['050701', '6983', 'pin-blocked', 0],
    ['050701', '6a80', 'bad-pin-format', undefined],
    ['050701', '6700', 'bad-pin-format', undefined],
    ['050701', '6982', 'not-authenticated', undefined],
    ['050701', '6f00', 'refused', undefined],
  ])('version %s answering %s is %s with %s tries', async (version, sw, reason, retriesLeft) => {
    const piv = await session(opened(version).expect(VERIFY_PIN, sw));
    const error: unknown = await verifyPin(piv, pin()).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ reason });
    expect((error as { retriesLeft?: number }).retriesLeft).toBe(retriesLeft);
  });

  it('the empty VERIFY is the probe, and is not sent to a card with the quirk', async () => {
    const piv = await session(opened('050701').expect('00200080', '63c2').expect('00200080', '9000').expect('00200080', '6983'));
    expect(await probePin(piv)).toEqual({ retriesLeft: 2, verified: false });
    expect(await probePin(piv)).toEqual({ retriesLeft: undefined, verified: true });
    expect(await probePin(piv)).toEqual({ retriesLeft: 0, verified: false });
    const old = await session(opened('040300').expect('00200080', '63c2'));
    expect(await probePin(old)).toEqual({ retriesLeft: 2, verified: undefined });
    const card = opened(undefined, `3bf9${toHex(bytes(Array.from('PIVKEY', (c) => c.charCodeAt(0))))}`);
    expect(await probePin(await session(card))).toEqual({ retriesLeft: undefined, verified: undefined });
    card.end();
    expect(card.sent).toHaveLength(2);
  });

  it('CHANGE REFERENCE DATA and RESET RETRY COUNTER', async () => {
    const card = opened('050701')
      .expect('00240080 10 313233343536ffff 363534333231ffff', '9000')
      .expect('00cb3fff 000005 5c035fff00 0000', '6a82')
      .expect('002c0080 10 3132333435363738 313233343536ffff', '63c1');
    const piv = await session(card);
    await changePin(piv, pin(), fromHex('363534333231'));
    await expect(unblockPin(piv, fromHex('3132333435363738'), pin())).rejects.toMatchObject({ reason: 'wrong-pin', retriesLeft: 1, ins: 0x2c });
    card.end();
  });

  it.each([
    [undefined, '31323334353a', 'bad-pin-format'],
    [undefined, '3132333435', 'bad-pin-length'],
    ['050403', '3132333435ff', 'bad-pin-format'],
    ['050701', 'c3a4c3a4c3a4c3a4', 'bad-pin-length'],
  ])('version %s refuses the PIN %s on the host: %s', async (version, value, reason) => {
    const card = opened(version);
    await expect(verifyPin(await session(card), fromHex(value))).rejects.toMatchObject({ reason });
    card.end();
  });

  it('takes any bytes where the card does', async () => {
    const card = opened('050403').expect('00200080 08 c3a4c3a4c3a4c3a4', '9000');
    await verifyPin(await session(card), fromHex('c3a4c3a4c3a4c3a4'));
    card.end();
  });

  it('an operation whose fate is unknown drops the PIN state, repeats nothing and selects again before the next', async () => {
    const card = opened('050701').expect(VERIFY_PIN, '9000');
    const piv = await session(card);
    await verifyPin(piv, pin());
    let calls = 0;
    const broken = { ...card, transmit: async () => (calls++, Promise.reject(new ChannelError('timeout', 'unknown', 'no answer'))) };
    await piv.attach(broken);
    await expect(verifyPin(piv, pin())).rejects.toMatchObject({ layer: 'channel', outcome: 'unknown' });
    expect(calls).toBe(1);
    expect(piv.pinVerified).toBe(false);
    card.expect(SELECT_PIV, APT_STANDARD, '9000');
    await piv.attach(card);
    card.end();
  });

  it('wipes what it sent; the caller’s PIN stays the caller’s', async () => {
    const seen: Bytes[] = [];
    const card = opened('050701').expect(VERIFY_PIN, '9000').expect(undefined, '9000').expect(undefined, '9000').expect(undefined, '9000');
    const piv = await session(card);
    piv.lacks('metadata');
    await piv.attach({ ...card, transmit: (command: Bytes) => (seen.push(command), card.transmit(command)) });
    const mine = pin();
    await verifyPin(piv, mine);
    await changePin(piv, mine, mine);
    await setManagementKey(piv, 'AES-128', new Uint8Array(16).fill(7));
    await importKey(piv, 0x9a, { kind: 'ec', curve: 'P-256', d: new Uint8Array(32).fill(9) });
    expect(toHex(mine)).toBe('313233343536');
    expect(seen).toHaveLength(4);
    for (const command of seen) expect(command.every((octet) => octet === 0)).toBe(true);
    // The check has teeth: a command without a secret is not wiped.
    card.expect(undefined, '6a82');
    await getData(piv, 0x5fc102);
    expect(seen[4]?.some((octet) => octet !== 0)).toBe(true);
  });
});

describe('ending the security state', () => {
  const other = (aid: string): string => `00a40400 0000${(aid.length / 2).toString(16).padStart(2, '0')} ${aid} 0000`;

  it('VERIFY with P1 = FF; nothing when nothing was authenticated', async () => {
    const card = opened('050701').expect(VERIFY_PIN, '9000').expect('0020ff80', '9000');
    const piv = await session(card);
    await logout(piv);
    await verifyPin(piv, pin());
    await logout(piv);
    await logout(piv);
    expect(piv.pinVerified).toBe(false);
    card.end();
  });

  it('else SELECT of another application, and PIV again before the next command', async () => {
    const card = opened('050701')
      .expect(VERIFY_PIN, '9000')
      .expect('0020ff80', '6a86')
      .expect(other('a000000527471117'), '6a82')
      .expect(other('a000000151000000'), '9000')
      .expect(SELECT_PIV, APT_STANDARD, '9000')
      .expect(VERIFY_PIN, '9000')
      .expect(other('a000000527471117'), '9000');
    const piv = await session(card);
    await verifyPin(piv, pin());
    await logout(piv);
    await verifyPin(piv, pin());
    await logout(piv);
    card.end();
  });

  it('else a reset, else it says that there is no way', async () => {
    const refusing = (): ScriptedCard =>
      opened('050701')
        .expect(VERIFY_PIN, '9000')
        .expect('0020ff80', '6a86')
        .expect(undefined, '6a82')
        .expect(undefined, '6a82')
        .expect(undefined, '6a82');
    const card = refusing();
    const piv = await session(card);
    await verifyPin(piv, pin());
    await expect(logout(piv)).rejects.toMatchObject({ reason: 'unsupported' });
    let resets = 0;
    const second = refusing();
    const withReset = await PivSession.open({ ...second, reset: async () => (resets++, bytes(0)) });
    await verifyPin(withReset, pin());
    await logout(withReset);
    expect(resets).toBe(1);
    second.end();
  });
});
