import { describe, expect, it } from 'vitest';
import { type Bytes, bytes } from '../../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../../src/codec/hex.ts';
import { ChannelError } from '../../../src/channel/errors.ts';
import { des3Decrypt, des3Encrypt } from '../../../src/crypto/des3.ts';
import { openPivEdge } from '../../../src/piv/card-edge.ts';
import { getData, pinReference, putData, retiredKeysOnCard } from '../../../src/piv/data-objects.ts';
import { attestKey, generateKey, importKey } from '../../../src/piv/keys.ts';
import { authenticateManagement, managementAlgorithmOf, setManagementKey, typedManagementKey } from '../../../src/piv/management.ts';
import { getMetadata, getSerial } from '../../../src/piv/metadata.ts';
import { changePin, logout, probePin, unblockPin, verifyPin } from '../../../src/piv/pin.ts';
import { PivSession } from '../../../src/piv/session.ts';
import { APT_STANDARD, GET_VERSION, opened, scripted, type ScriptedCard, SELECT_PIV } from './transactions.ts';

const pin = (): Bytes => fromHex('313233343536');
const VERIFY_PIN = '00200080 08 313233343536ffff';
const GET_DISCOVERY = '00cb3fff 000003 5c017e 0000';

async function session(card: ScriptedCard): Promise<PivSession> {
  return PivSession.open(card);
}

describe('opening', () => {
  it.each([
    ['the standard template', '61164f0ba000000308000010000100 79074f05a000000308', 'a000000308000010000100'],
    ['Yubico’s, with the PIX alone', '61114f0600001000010079074f05a000000308', '000010000100'],
    ['an empty answer', '', undefined],
  ])('takes %s', async (_name, template, aid) => {
    const card = scripted().expect(SELECT_PIV, template, '9000').expect(GET_VERSION, '050701', '9000');
    const piv = await session(card);
    expect(piv.application.aid === undefined ? undefined : toHex(piv.application.aid)).toBe(aid);
    expect(piv.profile.version).toEqual([5, 7, 1]);
    card.end();
  });

  it('reads label and algorithms', async () => {
    const piv = await session(
      scripted().expect(undefined, '6119 4f0ba000000308000010000100 500141 ac07 800111 800114 0600', '9000').expect(undefined, '6d00'),
    ).catch((error: unknown) => error);
    expect(piv).toMatchObject({ reason: 'bad-answer' });
    const good = await session(
      scripted().expect(undefined, '6119 4f0ba000000308000010000100 500141 ac07 800111 8001140600', '9000').expect(undefined, '6d00'),
    ).catch((error: unknown) => error);
    expect(good).toMatchObject({ reason: 'bad-answer' });
    const whole = await session(
      scripted().expect(undefined, '611b 4f0ba000000308000010000100 500141 ac09 800111 800114 060100', '9000').expect(undefined, '6d00'),
    );
    expect(whole.application).toMatchObject({ label: 'A', algorithms: [0x11, 0x14] });
    expect(whole.profile).toMatchObject({ cardName: 'A', version: undefined });
  });

  it.each([
    ['PIV is not on the card', '6a82', 'not-piv'],
    ['another application answers', '61074f05a0000001519000', 'not-piv'],
    ['garbage', '6105019000', 'bad-answer'],
  ])('%s', async (_name, reply, reason) => {
    await expect(session(scripted().expect(SELECT_PIV, reply))).rejects.toMatchObject({ layer: 'card', reason });
  });

  it('an edge on a card without PIV is an unknown card', async () => {
    await expect(openPivEdge(scripted().expect(SELECT_PIV, '6a82'), { atr: bytes(0) })).rejects.toMatchObject({
      layer: 'card-edge',
      reason: 'unknown-card',
    });
  });

  it.each(['0507', '05070101', '6982'])('GET VERSION answering %s means a plain card', async (body) => {
    const reply = body === '6982' ? body : `${body}9000`;
    const piv = await session(scripted().expect(SELECT_PIV, APT_STANDARD, '9000').expect(GET_VERSION, reply));
    expect(piv.profile.version).toBeUndefined();
  });
});

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

describe('key 9B', () => {
  const K = '010203040506070801020304050607080102030405060708';
  const probe = (id: string): string => `0087${id}9b 000004 7c028100 0000`;
  const none = '6a86';
  const challenge = (length: number): string =>
    `7c${(length + 2).toString(16).padStart(2, '0')}81${length.toString(16).padStart(2, '0')}${'11'.repeat(length)}9000`;

  it.each([
    ['3DES', [challenge(8), none, none, none]],
    ['AES-128', [none, challenge(16), none, none]],
    ['AES-256', [none, '6a80', '6d00', challenge(16)]],
    ['AES-192', [challenge(16), none, challenge(16), none]],
  ])('%s by asking', async (name, replies) => {
    const card = opened(undefined);
    ['03', '08', '0a', '0c'].forEach((id, i) => card.expect(probe(id), replies[i] ?? ''));
    const piv = await session(card);
    expect((await managementAlgorithmOf(piv)).name).toBe(name);
    await managementAlgorithmOf(piv);
    card.end();
  });

  it.each([
    ['nobody answers', [none, none, none, none]],
    ['all AES answer', [none, challenge(16), challenge(16), challenge(16)]],
    ['lengths do not fit', [challenge(16), challenge(8), none, none]],
  ])('is never guessed: %s', async (_name, replies) => {
    const card = opened(undefined);
    for (const reply of replies) card.expect(undefined, reply);
    await expect(managementAlgorithmOf(await session(card))).rejects.toMatchObject({ reason: 'algorithm-unknown' });
  });

  it('is 3DES on firmware that knows nothing else, without asking; metadata tells where there are some', async () => {
    const card = opened('050200');
    expect((await managementAlgorithmOf(await session(card))).id).toBe(3);
    card.end();
    const told = opened('050403').expect('00f7009b 000000', '01010a 050101 9000');
    expect((await managementAlgorithmOf(await session(told))).name).toBe('AES-192');
  });

  it('mutual authentication; a card that fails its half is not genuine', async () => {
    const key = fromHex(K);
    const witness = fromHex('a1a2a3a4a5a6a7a8');
    const ours = fromHex('b1b2b3b4b5b6b7b8');
    const script = (reply: string): ScriptedCard =>
      opened('050200')
        .expect('0087039b 000004 7c028000 0000', `7c0a8008${toHex(des3Encrypt(key, witness))}9000`)
        .expect(`0087039b 000018 7c168008${toHex(witness)}8108${toHex(ours)}8200 0000`, `7c0a8208${reply}9000`);
    const holder = () => typedManagementKey(fromHex(K), () => ours.slice());
    const good = await session(script(toHex(des3Encrypt(key, ours))));
    await authenticateManagement(good, holder());
    expect(good.managementAuthenticated).toBe(true);
    const bad = await session(script(toHex(des3Decrypt(key, ours))));
    await expect(authenticateManagement(bad, holder())).rejects.toMatchObject({ reason: 'not-genuine' });
    expect(bad.managementAuthenticated).toBe(false);
  });

  it('external authentication where the card knows no witness', async () => {
    const response = toHex(des3Encrypt(fromHex(K), fromHex('1111111111111111')));
    const card = opened('050200')
      .expect('0087039b 000004 7c028000 0000', '6a80')
      .expect(probe('03'), challenge(8))
      .expect(`0087039b 00000c 7c0a8208${response} 0000`, '9000');
    const piv = await session(card);
    await authenticateManagement(piv, typedManagementKey(fromHex(K)));
    expect(piv.managementAuthenticated).toBe(true);
    card.end();
  });

  it('a typed key of another length is refused before the card sees anything of it', async () => {
    const card = opened('050200').expect(undefined, '7c0a80081122334455667788 9000');
    const piv = await session(card);
    await expect(authenticateManagement(piv, typedManagementKey(bytes(16)))).rejects.toMatchObject({ reason: 'wrong-management-key' });
    card.end();
  });

  it('close wipes the key', async () => {
    const key = fromHex(K);
    typedManagementKey(key).close();
    expect(key.every((octet) => octet === 0)).toBe(true);
  });
});

describe('gates and odd cards', () => {
  it.each(['040200', '040304'])('firmware %s makes weak RSA keys: refused before anything is sent', async (version) => {
    const card = opened(version);
    await expect(generateKey(await session(card), 0x9a, { kind: 'rsa', keyBits: 2048 })).rejects.toMatchObject({ reason: 'unsupported' });
    card.end();
  });

  it.each([
    ['no modulus', '7f4907 8205 0100010000'],
    ['a modulus of another size', `7f49820109 81820100 ${'7f'.repeat(255)}01 8203010001`],
    ['a point that is not on the curve', `7f4943 8641 04${'11'.repeat(64)}`],
    ['another curve', `7f4963 8661 04${'11'.repeat(96)}`],
    ['nothing', ''],
  ])('GENERATE answering %s is a bad answer', async (_name, reply) => {
    const rsa = reply.includes('81820100') || reply.includes('8205');
    const piv = await session(opened('050701').expect(undefined, reply, '9000'));
    await expect(generateKey(piv, 0x9a, rsa ? { kind: 'rsa', keyBits: 2048 } : { kind: 'ec', curve: 'P-256' })).rejects.toMatchObject({
      reason: 'bad-answer',
    });
  });

  it.each([
    ['6a80', 'unsupported'],
    ['6a86', 'unsupported'],
    ['6982', 'not-authenticated'],
    ['6581', 'memory-failure'],
  ])('GENERATE answering %s is %s', async (sw, reason) => {
    await expect(
      generateKey(await session(opened(undefined).expect('00470095 000005 ac03800111 0000', sw)), 0x95, { kind: 'ec', curve: 'P-256' }),
    ).rejects.toMatchObject({ reason });
  });

  it('metadata by halves: absent, unknown algorithm, no policy', async () => {
    const card = opened('050701')
      .expect('00f7009a 000000', '6a88')
      .expect('00f7009c 000000', '6d00')
      .expect('00f7009d 000000', '0101e0 02020201 030101 0422 8620', '11'.repeat(32), '9000')
      .expect('00f70080 000000', '0101ff 050101 06020302 9000');
    const piv = await session(card);
    expect(await getMetadata(piv, 0x9a)).toBeUndefined();
    expect(await getMetadata(piv, 0x9c)).toBeUndefined();
    expect(await getMetadata(piv, 0x9d)).toEqual({ algorithm: 0xe0, pinRule: 'once', touch: 'never', origin: 'generated' });
    expect(await getMetadata(piv, 0x80)).toEqual({ algorithm: 0xff, isDefault: true, retriesTotal: 3, retriesLeft: 2 });
    card.end();
    expect(await getMetadata(await session(opened('050200')), 0x9a)).toBeUndefined();
  });

  it('objects: absent in many ways, wrong wrapper, trailing bytes', async () => {
    for (const sw of ['6a82', '6a81', '6a86', '6a88', '53009000', '9000'])
      expect(await getData(await session(opened(undefined).expect('00cb3fff 000005 5c035fc102 0000', sw)), 0x5fc102)).toBeUndefined();
    for (const reply of ['5301aa00019000', '7e01aa9000', '5305aa9000'])
      await expect(getData(await session(opened(undefined).expect(undefined, reply)), 0x5fc102)).rejects.toMatchObject({ reason: 'bad-answer' });
    await expect(getData(await session(opened(undefined).expect(undefined, '6982')), 0x5fc109)).rejects.toMatchObject({
      reason: 'not-authenticated',
      sw: 0x6982,
    });
  });

  it('PUT DATA: with 5C and 53, discovery bare, size first', async () => {
    const card = opened('050701').expect('00db3fff 07 5c035fc1025300', '9000').expect('00db3fff 04 7e02aabb', '6a84');
    const piv = await session(card);
    await putData(piv, 0x5fc102, bytes(0));
    await expect(putData(piv, 0x7e, fromHex('aabb'))).rejects.toMatchObject({ reason: 'card-full' });
    await expect(putData(piv, 0x5fc102, bytes(3053))).rejects.toMatchObject({ reason: 'too-large' });
    card.end();
  });

  it('key history bounds the search for retired keys', async () => {
    expect(await retiredKeysOnCard(await session(opened(undefined).expect('00cb3fff 000005 5c035fc10c 0000', '5308 c10102 c20100 fe00 9000')))).toBe(
      2,
    );
    expect(await retiredKeysOnCard(await session(opened(undefined).expect(undefined, '6a82')))).toBeUndefined();
    expect(await retiredKeysOnCard(await session(opened(undefined).expect(undefined, '5303c101ff9000')))).toBe(20);
  });

  it('serial and attestation are not asked of cards that have none', async () => {
    const card = opened(undefined);
    const piv = await session(card);
    expect(await getSerial(piv)).toBeUndefined();
    await expect(attestKey(piv, 0x9a)).rejects.toMatchObject({ reason: 'unsupported' });
    await expect(importKey(piv, 0x9a, { kind: 'ec', curve: 'P-256', d: bytes(32) })).rejects.toMatchObject({ reason: 'unsupported' });
    card.end();
  });

  it('import: a component that is too long is refused on the host; policy and order on the wire', async () => {
    const card = opened('050701').expect(`00fe1182 25 0620${'09'.repeat(32)}aa0103`, '9000');
    const piv = await session(card);
    await expect(importKey(piv, 0x82, { kind: 'ec', curve: 'P-256', d: bytes(Array.from({ length: 33 }, () => 1)) })).rejects.toMatchObject({
      reason: 'bad-parameter',
    });
    await importKey(piv, 0x82, { kind: 'ec', curve: 'P-256', d: fromHex(`00${'09'.repeat(32)}`) }, 'always');
    card.end();
  });

  it('a script notices an exchange too few and one too many', async () => {
    const card = opened(undefined).expect('00', '9000');
    await session(card);
    expect(() => card.end()).toThrow('1 scripted replies');
    await expect(session(scripted())).rejects.toThrow('nothing is scripted');
  });
});
