import { createHash, createPublicKey, generateKeyPairSync, sign as nodeSign, verify, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Bytes, bytes, concat, copy, leftPad } from '../../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../../src/codec/hex.ts';
import { writeTlv } from '../../../src/codec/tlv.ts';
import { digest } from '../../../src/crypto/digest.ts';
import { ecdsaRawToDer } from '../../../src/crypto/ec.ts';
import { digestInfo, pkcs1Pad } from '../../../src/crypto/pkcs1.ts';
import type { EdgeKeyType, EdgePrivateKey, ManagementKeyProvider } from '../../../src/minidriver/card-edge.ts';
import { openPivEdgeWith } from '../../../src/piv/card-edge.ts';
import type { PivEdge } from '../../../src/piv/card-edge/edge.ts';
import { parseContainerMap } from '../../../src/piv/container-map.ts';
import { getData, putData } from '../../../src/piv/data-objects.ts';
import { moveKey } from '../../../src/piv/keys.ts';
import { authenticateManagement, setManagementKey, typedManagementKey } from '../../../src/piv/management.ts';
import { getMetadata } from '../../../src/piv/metadata.ts';
import { PivSession } from '../../../src/piv/session.ts';
import { createPivCard, type PivProfileName } from '../../../src/simulator/card/index.ts';
import { testCertificate } from './test-certificate.ts';
import { type CardTerminal, terminal } from './transactions.ts';

const FACTORY_KEY = '010203040506070801020304050607080102030405060708';
const pin = (): Bytes => fromHex('313233343536');
const message = copy(new TextEncoder().encode('to be signed'));
const p256: EdgeKeyType = { kind: 'ec', curve: 'P-256' };

async function bench(
  provider: (() => ManagementKeyProvider | undefined) | undefined = () => typedManagementKey(fromHex(FACTORY_KEY)),
  profile: PivProfileName = 'yubikey-5.7',
): Promise<{ edge: PivEdge; card: CardTerminal }> {
  const card = terminal(createPivCard({ profile, serial: 0x01020304 }));
  const edge = await openPivEdgeWith(card, {
    atr: card.atr,
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
    today: () => new Date(),
    managementKey: provider,
  });
  return { edge, card };
}

async function again(edge: PivEdge, card: CardTerminal): Promise<void> {
  card.interrupted = true;
  await edge.attach(card);
  card.interrupted = false;
}

describe('Yubico extensions on the simulated card', () => {
  it('binds keys by PIN policy: 9A without PIN, 9C once, 9D always', async () => {
    const { edge, card } = await bench();
    expect(edge.capabilities.bindablePins(0)).toEqual([0, 1, 3]);
    await edge.verifyPin(1, pin());
    await edge.generate({ containerIndex: 0, keyType: p256, usage: 'signature', pinId: 0 });
    await edge.generate({ containerIndex: 1, keyType: p256, usage: 'signature', pinId: 1 });
    await edge.generate({ containerIndex: 2, keyType: p256, usage: 'key-exchange', pinId: 3 });
    await again(edge, card);
    expect((await edge.containers()).map(({ index, pinId, pinAlways, origin }) => [index, pinId, pinAlways, origin])).toEqual([
      [0, 0, false, 'generated'],
      [1, 1, false, 'generated'],
      [2, 3, true, 'generated'],
    ]);
    const hash = await digest('SHA-256', message);
    await edge.ecdsaSign(0, hash);
    await edge.verifyPin(1, pin());
    await edge.ecdsaSign(1, hash);
    await edge.ecdsaSign(1, hash);
    await expect(edge.ecdsaSign(2, hash)).rejects.toMatchObject({ reason: 'not-authenticated' });
    await edge.verifyPin(3, pin());
    await edge.ecdsaSign(2, hash);
    await expect(edge.generate({ containerIndex: 0, keyType: p256, usage: 'signature', pinId: 2 })).rejects.toMatchObject({
      reason: 'bad-parameter',
    });
    await expect(edge.generate({ containerIndex: 1, keyType: p256, usage: 'key-exchange', pinId: 1 })).rejects.toMatchObject({
      reason: 'bad-parameter',
    });
    await expect(edge.generate({ containerIndex: 24, keyType: p256, usage: 'signature', pinId: 1 })).rejects.toMatchObject({
      reason: 'no-such-container',
    });
  });

  it('keeps the container map on the card: names, default, association, fingerprint', async () => {
    const { edge, card } = await bench();
    await edge.verifyPin(1, pin());
    const key = await edge.generate({ containerIndex: 0, keyType: p256, usage: 'signature', pinId: 1 });
    await edge.generate({ containerIndex: 4, keyType: p256, usage: 'key-exchange', pinId: 1 });
    expect(await edge.readFile('cmapfile')).toBeUndefined();
    const record = (name: string, flags: number, signature: number, exchange: number): Bytes =>
      concat(
        copy(Buffer.from(name.padEnd(40, '\0'), 'utf16le')),
        bytes([flags, 0, signature & 0xff, signature >> 8, exchange & 0xff, exchange >> 8]),
      );
    const file = concat(record('{logon}', 3, 256, 0), new Uint8Array(86 * 3), record('agreement', 1, 0, 256));
    await edge.writeFile('cmapfile', file);
    const der = testCertificate(key);
    await edge.writeCertificate(0, der);
    await edge.associateEcdh(0, 4);
    await again(edge, card);
    const [first, second] = await edge.containers();
    expect(first).toMatchObject({ storedName: '{logon}', storedDefault: true, associatedEcdhContainer: 4, usage: 'signature' });
    expect(second).toMatchObject({ index: 4, storedName: 'agreement', storedDefault: false, usage: 'key-exchange' });
    expect(toHex((await edge.readFile('cmapfile')) ?? bytes(0))).toBe(toHex(file));
    const session = await PivSession.open(card);
    const records = parseContainerMap((await getData(session, 0x5fff10)) ?? bytes(0));
    expect(records.map(({ slot, keySpec, keyBits, pinId }) => [slot, keySpec, keyBits, pinId])).toEqual([
      [0x9a, 3, 256, 1],
      [0x82, 6, 256, 1],
    ]);
    expect(toHex(records[0]?.fingerprint ?? bytes(0))).toBe(createHash('sha1').update(der).digest('hex'));
    await expect(edge.associateEcdh(0, 1)).rejects.toMatchObject({ reason: 'bad-parameter' });
    await expect(edge.writeFile('cmapfile', bytes(85))).rejects.toMatchObject({ reason: 'bad-answer' });
    await expect(edge.writeFile('cardcf', bytes(6))).rejects.toMatchObject({ reason: 'unsupported' });
  });

  it('a map that makes no sense counts as none', async () => {
    const { edge, card } = await bench();
    await edge.generate({ containerIndex: 0, keyType: p256, usage: 'signature', pinId: 1 });
    const session = await PivSession.open(card);
    await authenticateManagement(session, typedManagementKey(fromHex(FACTORY_KEY)));
    await putData(session, 0x5fff10, writeTlv(0x81, bytes(50)));
    await again(edge, card);
    expect((await edge.containers())[0]?.storedName).toBeUndefined();
  });

  it('attests where the object of the issuer can not be read', async () => {
    const { edge, card } = await bench();
    await edge.generate({ containerIndex: 0, keyType: p256, usage: 'signature', pinId: 1 });
    const whole = await edge.attest(0);
    expect(whole.issuer).toBeDefined();
    const session = await PivSession.open(card);
    await authenticateManagement(session, typedManagementKey(fromHex(FACTORY_KEY)));
    await putData(session, 0x5fff01, fromHex('7003010203'));
    await again(edge, card);
    const { statement, issuer } = await edge.attest(0);
    expect(new X509Certificate(statement).subject).toBe(new X509Certificate(whole.statement).subject);
    expect(issuer).toBeUndefined();
  });

  it('stores root certificates over several objects and reads them back', async () => {
    const { edge, card } = await bench();
    expect(await edge.readFile('msroots')).toBeUndefined();
    await edge.verifyPin(1, pin());
    const file = crypto.getRandomValues(new Uint8Array(7000));
    await edge.writeFile('msroots', file);
    await again(edge, card);
    expect(toHex((await edge.readFile('msroots')) ?? bytes(0))).toBe(toHex(file));
    await edge.verifyPin(1, pin());
    await edge.writeFile('msroots', file.slice(0, 100));
    expect(toHex((await edge.readFile('msroots')) ?? bytes(0))).toBe(toHex(file.slice(0, 100)));
    card.clear();
    await expect(edge.writeFile('msroots', bytes(5 * 3052))).rejects.toMatchObject({ reason: 'too-large' });
    expect(card.log).toHaveLength(0);
  });

  it('uses the management key that the card keeps behind the PIN', async () => {
    const { edge, card } = await bench(() => undefined);
    const session = await PivSession.open(card);
    const stored = '00112233445566778899aabbccddeeff0123456789abcdef';
    await authenticateManagement(session, typedManagementKey(fromHex(FACTORY_KEY)));
    await setManagementKey(session, 'AES-192', fromHex(stored));
    await putData(session, 0x5fff00, writeTlv(0x80, writeTlv(0x81, bytes([2]))));
    await putData(session, 0x5fc109, writeTlv(0x88, writeTlv(0x89, fromHex(stored))));
    await again(edge, card);
    await expect(edge.generate({ containerIndex: 0, keyType: p256, usage: 'signature', pinId: 1 })).rejects.toMatchObject({
      reason: 'no-management-key',
    });
    await edge.verifyPin(1, pin());
    await edge.generate({ containerIndex: 0, keyType: p256, usage: 'signature', pinId: 1 });
  });

  it('imports RSA-2048 and EC keys, attests only what it made, deletes', async () => {
    const { edge, card } = await bench();
    await edge.verifyPin(1, pin());
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const part = (value: string | undefined, length?: number): Bytes => leftPad(copy(Buffer.from(value ?? '', 'base64url')), length ?? 0);
    const jwk = rsa.privateKey.export({ format: 'jwk' });
    const rsaKey: EdgePrivateKey = {
      kind: 'rsa',
      modulus: part(jwk.n),
      publicExponent: part(jwk.e),
      p: part(jwk.p),
      q: part(jwk.q),
      dP: part(jwk.dp),
      dQ: part(jwk.dq),
      qInv: part(jwk.qi),
      d: part(jwk.d),
    };
    const place = { containerIndex: 4, keyType: { kind: 'rsa', keyBits: 2048 }, usage: 'key-exchange', pinId: 1 } as const;
    // The card is sent no exponent: it would take another key for this one.
    card.clear();
    for (const exponent of ['03', '010003', '0100010001', ''])
      await expect(edge.importKey(place, { ...rsaKey, publicExponent: fromHex(exponent) })).rejects.toMatchObject({ reason: 'bad-parameter' });
    expect(card.log).toHaveLength(0);
    await edge.importKey(place, { ...rsaKey, publicExponent: fromHex('00010001') });
    const block = pkcs1Pad(digestInfo('SHA-256', await digest('SHA-256', message)), 256);
    expect(toHex(await edge.rsaPrivate(4, block))).toBe(toHex(copy(nodeSign('sha256', message, rsa.privateKey))));
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const ecJwk = ec.privateKey.export({ format: 'jwk' });
    const point = concat(bytes([4]), part(ecJwk.x), part(ecJwk.y));
    await edge.importKey(
      { containerIndex: 0, keyType: { kind: 'ec', curve: 'P-384' }, usage: 'signature', pinId: 1 },
      { kind: 'ec', curve: 'P-384', point, d: part(ecJwk.d) },
    );
    const signature = await edge.ecdsaSign(0, await digest('SHA-256', message));
    expect(verify('sha256', message, ec.publicKey, ecdsaRawToDer('P-384', signature))).toBe(true);
    await again(edge, card);
    expect((await edge.containers()).map(({ index, origin }) => [index, origin])).toEqual([
      [0, 'imported'],
      [4, 'imported'],
    ]);
    await expect(edge.attest(0)).rejects.toMatchObject({ reason: 'unsupported' });
    await expect(edge.attest(5)).rejects.toMatchObject({ reason: 'no-key' });
    await edge.verifyPin(1, pin());
    const made = await edge.generate({ containerIndex: 1, keyType: p256, usage: 'signature', pinId: 3 });
    const { statement, issuer } = await edge.attest(1);
    const attested = new X509Certificate(statement);
    expect(attested.publicKey.export({ format: 'jwk' })).toMatchObject({ crv: 'P-256' });
    if (made.kind === 'ec') expect(toHex(copy(attested.publicKey.export({ type: 'spki', format: 'der' }))).endsWith(toHex(made.point))).toBe(true);
    if (issuer !== undefined)
      expect(attested.verify(createPublicKey(new X509Certificate(issuer).publicKey.export({ type: 'spki', format: 'pem' })))).toBe(true);
    await edge.deleteKey(4);
    await edge.deleteKey(4);
    await edge.deleteKey(23);
    await again(edge, card);
    expect((await edge.containers()).map(({ index }) => index)).toEqual([0, 1]);
  });

  it('moves a key, and tells what firmware 5.4 has not', async () => {
    const { edge, card } = await bench();
    await edge.generate({ containerIndex: 0, keyType: p256, usage: 'signature', pinId: 1 });
    const session = await PivSession.open(card);
    await authenticateManagement(session, typedManagementKey(fromHex(FACTORY_KEY)));
    await moveKey(session, 0x9a, 0x82);
    expect(await getMetadata(session, 0x9a)).toBeUndefined();
    expect(await getMetadata(session, 0x82)).toMatchObject({ algorithm: 0x11, origin: 'generated' });
    const old = await bench(undefined, 'yubikey-5.4');
    await old.edge.verifyPin(1, pin());
    await old.edge.generate({ containerIndex: 0, keyType: p256, usage: 'signature', pinId: 1 });
    old.card.clear();
    await expect(old.edge.deleteKey(0)).rejects.toMatchObject({ reason: 'unsupported' });
    await expect(
      old.edge.generate({ containerIndex: 0, keyType: { kind: 'rsa', keyBits: 4096 }, usage: 'signature', pinId: 1 }),
    ).rejects.toMatchObject({ reason: 'unsupported' });
    expect(old.card.instructions()).toBe('');
    expect(old.edge.capabilities.generatable().length).toBe(3);
    expect(edge.capabilities.generatable().length).toBe(5);
  });

  it('tells serial number, name, PIN status with totals and defaults', async () => {
    const { edge } = await bench();
    expect(await edge.identity()).toMatchObject({ cardName: 'YubiKey 5.7.1 (PIV)', serialNumber: fromHex('01020304') });
    expect(await edge.pinStatus(1)).toEqual({ verified: false, retriesLeft: 3, retriesTotal: 3, isDefault: true });
    expect(await edge.pinStatus(4)).toEqual({ verified: false, retriesLeft: 3, retriesTotal: 3, isDefault: true });
    expect(await edge.pinStatus(2)).toEqual({ verified: false, isDefault: true });
    expect(await edge.pinStatus(0)).toEqual({ verified: true });
    await expect(edge.pinStatus(5)).rejects.toMatchObject({ reason: 'bad-parameter' });
  });

  it('generates RSA-3072 and RSA-4096 and signs with them', async () => {
    const { edge } = await bench();
    await edge.verifyPin(1, pin());
    for (const keyBits of [3072, 4096]) {
      const key = await edge.generate({ containerIndex: 2, keyType: { kind: 'rsa', keyBits }, usage: 'key-exchange', pinId: 1 });
      if (key.kind !== 'rsa') throw new Error('not RSA');
      const jwk = { kty: 'RSA', n: Buffer.from(key.modulus).toString('base64url'), e: Buffer.from(key.publicExponent).toString('base64url') };
      const block = pkcs1Pad(digestInfo('SHA-512', await digest('SHA-512', message)), keyBits / 8);
      expect(verify('sha512', message, createPublicKey({ key: jwk, format: 'jwk' }), await edge.rsaPrivate(2, block))).toBe(true);
    }
  }, 120_000);
});
